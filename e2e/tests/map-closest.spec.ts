/** The closest zoom, where more reports lie together than a tile has pins: their number is pressed, with reports made up. */

import type { Page } from "@playwright/test";

import { closedPin, marks, placeIn, still, tileAt, TILES, zoomOf } from "../harness/map.ts";
import { expect, test } from "../harness/test.ts";

/** A cell that is counted, of a tile of zoom 19. */
const CELL = { z: 20, x: 510_598, y: 349_180 };
const MIDDLE = placeIn(CELL, 0.5, 0.5);
const MAP = `/map?lon=${MIDDLE.lon}&lat=${MIDDLE.lat}&zoom=19`;

/** Answers tiles with so many reports at each of these places of the cell; by their number, in a tile that has no room for them. */
async function makeUp(page: Page, places: [number, number][], each: number, room: number): Promise<void> {
  const pins = places.flatMap(([right, down], n) =>
    Array.from({ length: each }, (_, report) => {
      const id = 910_000 + n * each + report;
      return closedPin(id, `Pothole ${id}`, placeIn(CELL, right, down));
    }),
  );
  const clusters = [{ location: MIDDLE, open: 0, fixed: 0, closed: pins.length }];
  await page.route(TILES, (route, request) => {
    const { z, x, y } = tileAt(request.url());
    const has = CELL.x >> (CELL.z - z) === x && CELL.y >> (CELL.z - z) === y;
    const counted = z < CELL.z || pins.length > room;
    return route.fulfill({ json: !has ? { pins: [], clusters: [] } : counted ? { pins: [], clusters } : { pins, clusters: [] } });
  });
}

const cluster = (page: Page, name: RegExp) => marks(page).and(page.getByTitle(name));

test("a number pressed at the closest zoom gives its place to the reports it counted", async ({ page }) => {
  await makeUp(page, [[0.2, 0.5], [0.8, 0.5]], 3, 500);
  await page.goto(MAP);
  await expect(marks(page)).toHaveCount(1);
  await still(page);
  await cluster(page, /^6 reports at one place: .*Press to spread them out\.$/).click();
  const threes = cluster(page, /^3 reports at one place: /);
  await expect(threes).toHaveCount(2);
  await expect(marks(page)).toHaveCount(2);
  // And each of them can be fanned out down to its reports.
  await still(page);
  await threes.first().click();
  await expect(cluster(page, /^Closed: Pothole 91000[012], /)).toHaveCount(3);
  await cluster(page, /^Closed: Pothole 910001, /).focus();
  expect(zoomOf(page)).toBe(19);
});

test("a number pressed by keyboard at the closest zoom fans out what lies on one spot, and keeps the keyboard", async ({ page }) => {
  await makeUp(page, [[0.3, 0.3]], 4, 500);
  await page.goto(MAP);
  await expect(marks(page)).toHaveCount(1);
  await still(page);
  await cluster(page, /^4 reports/).focus();
  await page.keyboard.press("Enter");
  await expect(cluster(page, /^Closed: Pothole/)).toHaveCount(4);
  await expect(cluster(page, /^4 reports at one place/)).toHaveAttribute("aria-expanded", "true");
  await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute("title") ?? "")).toMatch(/^4 reports|^Closed: /);
});

test("a number of reports that no map can part leads to the list, by mouse and by keyboard", async ({ page, checkAccessibility }) => {
  await makeUp(page, [[0.5, 0.5]], 8, 7);
  await page.goto(MAP);
  const heap = cluster(page, /^8 reports/);
  await expect(heap).toHaveCount(1);
  await still(page);
  await heap.click();
  const card = page.getByRole("region", { name: "Many reports in one place" });
  await expect(card).toBeFocused();
  await expect(card).toContainText("The list shows them all.");
  await checkAccessibility();
  await card.getByRole("button", { name: "Close" }).click();
  await expect(card).toHaveCount(0);

  await heap.focus();
  await page.keyboard.press("Enter");
  await expect(card).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(card).toHaveCount(0);
  await expect(page.getByRole("heading", { name: "Reports on this map" })).toBeFocused();

  // Gone with the place it is about.
  await heap.click();
  await expect(card).toBeVisible();
  await page.getByRole("button", { name: "Zoom out" }).click();
  await expect(card).toHaveCount(0);
});
