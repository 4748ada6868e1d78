import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Page } from "@playwright/test";

import { settled } from "../harness/inspect.ts";
import { expect, test } from "../harness/test.ts";

const FOLDER = fileURLToPath(new URL("../pictures", import.meta.url));

test.use({ contextOptions: { reducedMotion: "reduce" } });

/** Takes the README's picture where it is asked for: `MENDMAP_PICTURES=1`. The test is that there is something to take. */
async function picture(page: Page, name: string): Promise<void> {
  if (process.env.MENDMAP_PICTURES !== "1") return;
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path, animations: "disabled", scale: "css" });
  expect((await stat(path)).size, "small enough for a README").toBeLessThan(300_000);
}

test("the map stands with its streets, its marks and its list", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 600 });
  // The demonstration's reports are a moment old, and would be news.
  if (process.env.MENDMAP_PICTURES === "1") await page.waitForTimeout(12_000);
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=15");
  await settled(page);
  await expect(page.getByRole("application", { name: /^Map\./ }).getByRole("button").first()).toBeVisible();
  await expect(page.getByRole("article").first()).toBeVisible();
  // A live map never has nothing on its way; the pictures in sight do, and the others come when somebody scrolls to them.
  const areComplete = () =>
    page.locator(".card__photo").evaluateAll((all) => {
      const inSight = all.filter((photo) => photo.getBoundingClientRect().top < innerHeight);
      return inSight.every((photo) => (photo as HTMLImageElement).complete);
    });
  await expect.poll(areComplete).toBe(true);
  await page.waitForTimeout(1_000);
  await picture(page, "map");
});

test("a report stands with its photo, its story and its place", async ({ page }) => {
  const answer = await page.request.get("/api/v1/reports", { params: { status: "action_scheduled", category: "potholes", limit: 50 } });
  const { items } = (await answer.json()) as { items: { id: number; photo?: unknown; updates: number }[] };
  const told = items.filter(({ photo }) => photo).sort((a, b) => b.updates - a.updates)[0];
  await page.goto(`/reports/${told?.id}`);
  await settled(page);
  await expect(page.getByRole("img", { name: /^Photo 1 of/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "What happened so far" }).getByRole("listitem").nth(1)).toBeAttached();
  await page.waitForLoadState("networkidle");
  await picture(page, "report");
});
