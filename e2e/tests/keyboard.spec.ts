import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../harness/test.ts";

/** Presses Tab until the focus stands on what has this name. */
async function tabTo(page: Page, role: string, name: string | RegExp): Promise<void> {
  const wanted = page.getByRole(role as "button", typeof name === "string" ? { name, exact: true } : { name }).first();
  await expect(wanted).toBeVisible();
  for (let n = 0; n < 80; n += 1) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not come to ${role} ${name}`);
}

test("a report is made from the front page to its end with the keyboard alone, without the map", async ({
  page,
  word,
  address,
  mailbox,
}) => {
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });
  await page.goto("/");
  await expect(heading("Report a street problem")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to main content" })).toBeFocused();
  await tabTo(page, "link", "Report a problem");
  await page.keyboard.press("Enter");

  await expect(heading("Where is the problem?")).toBeFocused();
  await tabTo(page, "combobox", "Search for a street, postcode or place");
  await page.keyboard.type("Friary");
  const list = page.getByRole("listbox");
  await expect(list.getByRole("option").first()).toBeVisible();
  await page.keyboard.press("ArrowDown");
  const first = list.getByRole("option").first();
  await expect(first).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowUp");
  await expect(list.getByRole("option").last()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const chosen = page.getByRole("status").filter({ hasText: "Chosen place" });
  await expect(chosen).toContainText("Near Friary");

  // Another street of the list, then a few steps by the arrow keys.
  await expect(page.getByRole("heading", { name: "Streets nearby" })).toBeVisible();
  await tabTo(page, "button", /^Friary Walk/);
  await page.keyboard.press("Enter");
  await expect(chosen).toContainText("Near Friary Walk");
  await tabTo(page, "button", "Move north");
  const before = await page.evaluate(() => localStorage.getItem("mendmap.draft"));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowRight");
  const after = await page.evaluate(() => localStorage.getItem("mendmap.draft"));
  expect(after).not.toBe(before);
  await tabTo(page, "button", "Continue");
  await page.keyboard.press("Enter");

  await expect(heading("What is the problem?")).toBeFocused();
  // One Tab comes to the group of radio buttons, the arrow keys go through it.
  await expect(page.getByRole("radio", { name: /^Something else/ })).toBeVisible();
  await tabTo(page, "radio", /^Potholes/);
  await page.keyboard.press("ArrowUp");
  await expect(page.getByRole("radio", { name: /^Something else/ })).toBeChecked();
  await expect(page.getByText("Your report goes to Wrenmouth Borough Council.")).toBeVisible();
  await page.keyboard.press("Enter");

  // Past similar reports, where the place or the title brings some up.
  const comesTo = async (step: Locator) => {
    const similar = heading("Has somebody reported this already?");
    await expect(similar.or(step)).toBeFocused();
    if (await similar.isVisible()) {
      await tabTo(page, "button", "No, mine is another one");
      await page.keyboard.press("Enter");
    }
    await expect(step).toBeFocused();
  };
  await comesTo(heading("Tell us about it"));
  await tabTo(page, "textbox", "Sum up the problem in a few words");
  const title = `Bench without a seat ${word}`;
  await page.keyboard.type(title);
  await page.keyboard.press("Tab");
  await page.keyboard.type("Three boards are missing.");
  await tabTo(page, "button", "Continue");
  await page.keyboard.press("Space");

  await comesTo(heading("Add photos"));
  await tabTo(page, "button", "Continue");
  await page.keyboard.press("Enter");

  await expect(heading("About you")).toBeFocused();
  await tabTo(page, "textbox", /^Your name/);
  await page.keyboard.type("A resident");
  await tabTo(page, "checkbox", "Do not show my name on the site");
  await page.keyboard.press("Space");
  await tabTo(page, "textbox", "Your e-mail address");
  await page.keyboard.type(address("keys"));
  await page.keyboard.press("Enter");

  await expect(heading("Check your report")).toBeFocused();
  await expect(page.getByText("Hidden", { exact: true })).toBeVisible();
  await tabTo(page, "button", "Send report");
  await page.keyboard.press("Enter");
  await expect(heading("Check your e-mail")).toBeFocused();
  expect((await mailbox.one(address("keys"), new RegExp(word))).subject).toContain(title);
});

test("the skip link leads past the header", async ({ page }) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to main content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("combobox", { name: "Where is the problem?" })).toBeFocused();
});

test("the map shows that it has the keyboard to whoever uses that, and not to whoever presses it", async ({ page }) => {
  await page.goto("/map");
  const map = page.getByRole("application", { name: /^Map\./ });
  const frame = () => map.evaluate((element) => [getComputedStyle(element).outlineStyle, getComputedStyle(element).boxShadow]);
  await expect(map.getByRole("button").first()).toBeVisible();
  await map.click({ position: { x: 5, y: 200 } });
  await expect(map).toBeFocused();
  expect(await frame()).toEqual(["none", "none"]);
  await page.keyboard.press("ArrowLeft");
  await expect.poll(frame).not.toEqual(["none", "none"]);
});

test("whatever the keyboard comes to shows that it has the focus", async ({ page }) => {
  for (const path of ["/", "/report/new", "/sign-in", "/map", "/reports/1"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeAttached();
    await expect(page.getByRole("status").filter({ hasText: "Loading" })).toHaveCount(0);
    for (let n = 0; n < 14; n += 1) {
      await page.keyboard.press("Tab");
      const unmarked = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return outlined || style.boxShadow !== "none" ? null : element.outerHTML.slice(0, 200);
      });
      expect(unmarked, `focus is visible on ${path}`).toBeNull();
    }
  }
});
