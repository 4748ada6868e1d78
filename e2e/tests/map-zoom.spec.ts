/** What is seen while the map zooms, with reports made up for it: nobody else's come between. */

import type { Page } from "@playwright/test";

import { closedPin, marks, placeIn, still, tileAt, TILES, zoomOf } from "../harness/map.ts";
import { expect, test } from "../harness/test.ts";

/** Two reports in the middle of this tile, so near each other that it takes zoom 17 to tell them apart. The older one leads. */
const TILE = { z: 16, x: 31876, y: 21877 };
const TWO = [placeIn(TILE, 0.45, 0.5), placeIn(TILE, 0.55, 0.5)];
/** They are left of the map's middle and below it: a map that only went to them would show them elsewhere afterwards. */
const MIDDLE = placeIn(TILE, 1.7, -0.4);
const MAP = `/map?lon=${MIDDLE.lon}&lat=${MIDDLE.lat}&zoom=14`;

/** Answers every tile with the two reports, where it has them; from afar, if it is to count, only with how many they are. */
async function makeUp(page: Page, counts: boolean): Promise<void> {
  await page.route(TILES, (route, request) => {
    const { z, x, y } = tileAt(request.url());
    const levels = TILE.z - z;
    const has = levels < 0 ? z === TILE.z : TILE.x >> levels === x && TILE.y >> levels === y;
    const pins = TWO.map((place, n) => closedPin(900_001 + n, `Pothole ${n + 1}`, place));
    const cluster = { location: placeIn(TILE, 0.5, 0.5), open: 0, fixed: 0, closed: 2 };
    const shown = counts && z < 14 ? { pins: [], clusters: [cluster] } : { pins, clusters: [] };
    return route.fulfill({ json: has ? shown : { pins: [], clusters: [] } });
  });
}

/** The middles of the marks with these names, on screen. */
function middles(page: Page, name: RegExp): Promise<{ x: number; y: number }[]> {
  return marks(page)
    .and(page.getByTitle(name))
    .evaluateAll((all) =>
      all.map((mark) => {
        const { left, top, width, height } = mark.getBoundingClientRect();
        return { x: left + width / 2, y: top + height / 2 };
      }),
    );
}

/** Presses the cluster of two, and waits until it is parted; answers where it was pressed. */
async function part(page: Page): Promise<{ x: number; y: number }> {
  await expect(marks(page).and(page.getByTitle(/^2 reports/))).toHaveCount(1);
  await still(page);
  const [pressed] = await middles(page, /^2 reports/);
  if (!pressed) throw new Error("no cluster");
  await page.mouse.click(pressed.x, pressed.y);
  await expect.poll(() => zoomOf(page)).toBe(17);
  await expect(marks(page).and(page.getByTitle(/^Closed: Pothole/))).toHaveCount(2);
  await expect(marks(page)).toHaveCount(2);
  await still(page);
  return pressed;
}

for (const [known, counts] of [["whose reports are known", false], ["of which only the number is known", true]] as const) {
  test(`a pressed cluster ${known} parts where it was: its place stays under the pointer`, async ({ page }) => {
    await makeUp(page, counts);
    await page.goto(MAP);
    const pressed = await part(page);
    const [[lead], [other]] = [await middles(page, /^Closed: Pothole 1/), await middles(page, /^Closed: Pothole 2/)];
    if (!lead || !other) throw new Error("no pins");
    // Reports that are known stand where the one that leads them is; a number stands in the middle of what it counts.
    const place = counts ? { x: (lead.x + other.x) / 2, y: (lead.y + other.y) / 2 } : lead;
    // Leaflet places the map and each mark in whole pixels.
    expect(Math.abs(place.x - pressed.x)).toBeLessThanOrEqual(2);
    expect(Math.abs(place.y - pressed.y)).toBeLessThanOrEqual(2);
    expect(Math.hypot(lead.x - other.x, lead.y - other.y)).toBeGreaterThan(44);
  });
}

type Point = [number, number];

interface Moves {
  /** Marks that were drawn away from where they stand, by their names. */
  pulled: string[];
  /** Marks on their way out of a cluster or into one: where they start, where they are a moment later, and where they end. */
  glides: { name: string; leaving: boolean; from: Point; between: Point; to: Point }[];
}

/**
 * Notes how marks move. A glide is looked at in the moment it begins, before the next picture is drawn: it is stopped, turned to
 * its middle and to its end, and let go. So it does not matter how few pictures a busy machine draws.
 */
async function noteMoves(page: Page): Promise<() => Promise<Moves>> {
  await page.addInitScript(() => {
    const moves: Moves = { pulled: [], glides: [] };
    Object.assign(globalThis, { moves });
    const seen = { arriving: new Set<Element>(), leaving: new Set<Element>() };
    const look = (mark: Element): void => {
      if (!(mark instanceof HTMLElement) || !mark.matches(".map-mark")) return;
      if (mark.style.transform) moves.pulled.push(mark.title);
      if (!mark.matches(".is-gliding")) return;
      const leaving = mark.matches(".is-leaving");
      const already = leaving ? seen.leaving : seen.arriving;
      const glide = mark.getAnimations().find((one) => one instanceof CSSTransition && one.transitionProperty === "transform");
      if (!glide || already.has(mark)) return;
      already.add(mark);
      glide.pause();
      const at = (milliseconds: number): Point => {
        glide.currentTime = milliseconds;
        const { left, top, width, height } = mark.getBoundingClientRect();
        return [left + width / 2, top + height / 2];
      };
      moves.glides.push({ name: mark.title, leaving, from: at(0), between: at(60), to: at(199.9) });
      glide.currentTime = 0;
      glide.play();
    };
    new MutationObserver((changes) => changes.forEach(({ target }) => look(target as Element))).observe(document, {
      subtree: true,
      attributeFilter: ["class", "style"],
    });
  });
  return () => page.evaluate(() => (globalThis as unknown as { moves: Moves }).moves);
}

test("reports glide out of their cluster and back into it", async ({ page }) => {
  await makeUp(page, false);
  const moves = await noteMoves(page);
  await page.goto(MAP);
  await part(page);
  const [[lead], [other]] = [await middles(page, /^Closed: Pothole 1/), await middles(page, /^Closed: Pothole 2/)];
  // Out again, they are one mark once more.
  await page.getByRole("button", { name: "Zoom out" }).click();
  await expect(marks(page).and(page.getByTitle(/^2 reports/))).toHaveCount(1);
  await still(page);
  await expect(marks(page)).toHaveCount(1);
  const [cluster] = await middles(page, /^2 reports/);
  if (!lead || !other || !cluster) throw new Error("no marks");

  // The one that leads the cluster stays where it is.
  const { glides } = await moves();
  const name = "Closed: Pothole 2, Potholes";
  expect(glides.map(({ name, leaving }) => ({ name, leaving }))).toEqual([{ name, leaving: false }, { name, leaving: true }]);
  const [out, back] = glides;
  expect(distance(out!.from, [lead.x, lead.y])).toBeLessThanOrEqual(2);
  expect(distance(out!.to, [other.x, other.y])).toBeLessThanOrEqual(2);
  expect(distance(back!.to, [cluster.x, cluster.y])).toBeLessThanOrEqual(2);
  for (const { from, between, to } of glides) {
    const [whole, first, second] = [distance(from, to), distance(from, between), distance(between, to)];
    expect(whole).toBeGreaterThan(20);
    expect(first).toBeGreaterThan(1);
    expect(second).toBeGreaterThan(1);
    expect(first + second).toBeLessThan(whole + 1);
  }
});

test("nothing glides where less motion is wanted: reports are in their place at once", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await makeUp(page, false);
  const moves = await noteMoves(page);
  await page.goto(MAP);
  await part(page);
  await page.getByRole("button", { name: "Zoom out" }).click();
  await expect(marks(page).and(page.getByTitle(/^2 reports/))).toHaveCount(1);
  await still(page);
  expect(await moves()).toEqual({ pulled: [], glides: [] });
});

function distance([x, y]: Point, [otherX, otherY]: Point): number {
  return Math.hypot(x - otherX, y - otherY);
}
