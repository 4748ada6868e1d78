import { randomUUID } from "node:crypto";

import type { APIRequestContext, Page } from "@playwright/test";

import { demoPassword, expect, test } from "../harness/test.ts";

interface Place {
  lon: number;
  lat: number;
}

/** A place of the borough that no other test reports at. */
const somewhere = (): Place => ({ lon: -4.9 + Math.random() * 0.006, lat: 51.299 + Math.random() * 0.004 });

/** Somebody of the council, whose reports are published at once. */
class Officer {
  private constructor(
    private readonly request: APIRequestContext,
    private readonly token: string,
  ) {}

  static async signIn(page: Page): Promise<Officer> {
    const data = { email: "officer@example.org", password: demoPassword() };
    const answer = await page.request.post("/api/v1/auth/sessions", { data });
    return new Officer(page.request, ((await answer.json()) as { access_token: string }).access_token);
  }

  /** Publishes a report about a tree; answers its number. */
  async report(title: string, location: Place): Promise<number> {
    return (await this.post("/api/v1/reports", { location, category: "trees", title, detail: "It leans." })).id;
  }

  async setStatus(id: number, status: string): Promise<void> {
    await this.post(`/api/v1/desk/reports/${id}/updates`, { text: "We were there.", status });
  }

  private async post(path: string, data: unknown): Promise<{ id: number }> {
    const headers = { Authorization: `Bearer ${this.token}`, "Idempotency-Key": randomUUID() };
    const answer = await this.request.post(path, { headers, data });
    expect(answer.ok(), await answer.text()).toBe(true);
    return (await answer.json()) as { id: number };
  }
}

function mark(page: Page, title: string | RegExp) {
  return page.getByRole("application", { name: /^Map\./ }).getByRole("button").and(page.getByTitle(title));
}

test("an open map shows a new report and its new status without a reload, and the focus stays on it", async ({
  page,
  word,
  anotherBrowser,
}) => {
  const officer = await Officer.signIn(await anotherBrowser());
  const place = somewhere();
  const live = page.waitForResponse((answer) => answer.url().includes("/api/v1/live?bbox=") && answer.ok());
  await page.goto(`/map?lon=${place.lon}&lat=${place.lat}&zoom=19`);
  await live;
  const title = `Leaning tree ${word}`;
  const id = await officer.report(title, place);
  const pin = mark(page, new RegExp(`^Open: ${title}, `));
  await expect(pin).toBeVisible({ timeout: 5_000 });

  // The list says so, and does not move under whoever reads it.
  const card = page.getByRole("article").filter({ hasText: title });
  const show = page.getByRole("button", { name: /^Show \d+ new or changed reports?$/ });
  await expect(show).toBeVisible();
  await expect(card).toHaveCount(0);
  await show.click();
  await expect(card).toBeVisible();
  await expect(show).toHaveCount(0);

  await pin.focus();
  await officer.setStatus(id, "fixed");
  const fixed = mark(page, new RegExp(`^Fixed: ${title}, `));
  await expect(fixed).toBeVisible({ timeout: 5_000 });
  await expect(fixed).toBeFocused();

  // One that the filter does not want goes.
  await page.getByRole("combobox", { name: "Status" }).selectOption("Fixed");
  await expect(fixed).toBeVisible();
  await officer.setStatus(id, "open");
  await expect(fixed).toHaveCount(0, { timeout: 5_000 });
});

test("a map just opened offers what comes from then on, and not what its list shows already", async ({ page, word, anotherBrowser }) => {
  const officer = await Officer.signIn(await anotherBrowser());
  const place = somewhere();
  await officer.report(`Shown tree ${word}`, place);
  // Whoever comes is told of the last seconds too: what is on the page may be that old.
  const live = page.waitForResponse((answer) => answer.url().includes("/api/v1/live?bbox=") && answer.ok());
  await page.goto(`/map?lon=${place.lon}&lat=${place.lat}&zoom=19`);
  await live;
  await expect(page.getByRole("article").filter({ hasText: `Shown tree ${word}` })).toBeVisible();
  await officer.report(`Coming tree ${word}`, place);
  const show = page.getByRole("button", { name: /^Show \d+ new or changed reports?$/ });
  await expect(show).toHaveText("Show 1 new or changed report");
});

test("reports on the very same spot spread out when pressed, by mouse and by keyboard", async ({
  page,
  word,
  anotherBrowser,
  checkAccessibility,
}) => {
  const officer = await Officer.signIn(await anotherBrowser());
  const place = somewhere();
  const titles = ["first", "second", "third"].map((which) => `The ${which} tree ${word}`);
  for (const title of titles) await officer.report(title, place);
  await page.goto(`/map?lon=${place.lon}&lat=${place.lat}&zoom=19&category=trees`);
  const heap = mark(page, /^3 reports at one place: 3 open, 0 fixed, 0 closed\. Press to spread them out\.$/);
  const pins = mark(page, new RegExp(`^Open: The (first|second|third) tree ${word}, `));
  await expect(heap).toHaveAttribute("aria-expanded", "false");
  await expect(pins).toHaveCount(0);

  await heap.click();
  await expect(heap).toHaveAttribute("aria-expanded", "true");
  await expect(pins).toHaveCount(3);
  await checkAccessibility();
  const selected = page.getByRole("region", { name: "Selected report" });
  await pins.nth(1).click();
  await expect(selected).toContainText(titles[1]!);
  await page.keyboard.press("Escape");
  await expect(selected).toHaveCount(0);
  await heap.click();
  await expect(pins).toHaveCount(0);

  await heap.focus();
  await page.keyboard.press("Enter");
  await expect(pins).toHaveCount(3);
  await expect(heap).toBeFocused();
  for (const title of titles) {
    await page.keyboard.press("Tab");
    await expect(page.locator(":focus")).toHaveAttribute("title", new RegExp(`^Open: ${title}, `));
  }
  await page.keyboard.press("Enter");
  await expect(selected).toBeFocused();
  await expect(selected).toContainText(titles[2]!);
  await page.keyboard.press("Escape");
  await expect(mark(page, new RegExp(`^Open: ${titles[2]}, `))).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(pins).toHaveCount(0);
  await expect(heap).toBeFocused();
});
