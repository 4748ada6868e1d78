/** What must hold of every page, whatever is on it. */

import type { Page } from "@playwright/test";

import { expect } from "./test.ts";

/** Nothing makes the page wider than the window. */
export async function fitsTheWindow(page: Page): Promise<void> {
  const widths = () =>
    page.evaluate(() => {
      const window = document.documentElement.clientWidth;
      const wide = [...document.body.querySelectorAll("*")].filter((element) => {
        const { right, width } = element.getBoundingClientRect();
        return width > 0 && right > window + 1 && !element.closest(".leaflet-container");
      });
      const excess = document.documentElement.scrollWidth - window;
      return excess > 0 ? { excess, by: wide.slice(0, 3).map((element) => element.outerHTML.slice(0, 160)) } : null;
    });
  await expect.poll(widths, { message: `${page.url()} fits the window` }).toBeNull();
}

/** Nothing is being loaded any more. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expect(page.getByText(/^(Loading|Looking for reports)…$/)).toHaveCount(0);
}
