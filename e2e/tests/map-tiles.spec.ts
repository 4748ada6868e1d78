/** Which tiles of reports the map asks for, gives up and keeps. */

import type { Page } from "@playwright/test";

import { closedPin, marks, placeIn, still, tileAt, TILES, zoomOf } from "../harness/map.ts";
import { expect, test } from "../harness/test.ts";

/** Ground on which nobody reports: nothing is told of it to a live map. */
const CENTRE = { lon: -4.7, lat: 51.4 };
/** Milliseconds that the map takes a tile for fresh, and some more. */
const STALE_MS = 31_000;

/** A report in the middle of each tile, named after it. */
const nameOf = (url: string): string => Object.values(tileAt(url)).join("-");
function tileOf(url: string): Record<string, unknown> {
  const tile = tileAt(url);
  return { pins: [closedPin(tile.x * 1_000_000 + tile.y, nameOf(url), placeIn(tile, 0.5, 0.5))], clusters: [] };
}

/** The addresses of all tiles asked for so far, also those that the browser has itself. */
function noteAsked(page: Page): string[] {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (TILES.test(request.url())) asked.push(request.url());
  });
  return asked;
}

test("tiles that are left before they come are given up, and those in sight at last come", async ({ page }) => {
  const asked = noteAsked(page);
  const [givenUp, come]: [Set<string>, Set<string>] = [new Set(), new Set()];
  page.on("requestfailed", (request) => {
    if (request.failure()?.errorText === "net::ERR_ABORTED") givenUp.add(request.url());
  });
  page.on("requestfinished", (request) => {
    if (TILES.test(request.url())) come.add(request.url());
  });
  let answer = (): void => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route(TILES, async (route, request) => {
    await held;
    // Nobody waits any more for those that were given up.
    await route.fulfill({ json: tileOf(request.url()) }).catch(() => undefined);
  });
  await page.goto(`/map?lon=${CENTRE.lon}&lat=${CENTRE.lat}&zoom=14`);
  const askedFor = (zoom: number) => asked.filter((url) => tileAt(url).z === zoom - 1);
  await expect.poll(() => askedFor(14).length).toBeGreaterThan(0);
  for (const zoom of [15, 16]) {
    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => zoomOf(page)).toBe(zoom);
    await expect.poll(() => askedFor(zoom).length).toBeGreaterThan(0);
  }
  const left = asked.filter((url) => tileAt(url).z < 15);
  await expect.poll(() => left.filter((url) => !givenUp.has(url))).toEqual([]);
  expect(come.size).toBe(0);
  answer();
  await expect(marks(page).first()).toBeVisible();
  await expect.poll(() => askedFor(16).filter((url) => !come.has(url) && !givenUp.has(url))).toEqual([]);
  expect([...come].filter((url) => tileAt(url).z !== 15)).toEqual([]);
  // What was given up is not missed.
  await expect(page.getByText("Some reports could not be put on the map.")).toHaveCount(0);
});

test("moved away and back, the map asks for no tile again that it just had; half a minute later it does", async ({ page }) => {
  // Moved by a key the map jumps, and its clock stands still: a slow machine takes longer than tiles are fresh.
  await page.emulateMedia({ reducedMotion: "reduce" });
  const begin = Date.now();
  await page.clock.setFixedTime(begin);
  const asked = noteAsked(page);
  await page.route(TILES, (route, request) => route.fulfill({ json: tileOf(request.url()) }));
  await page.goto(`/map?lon=${CENTRE.lon}&lat=${CENTRE.lat}&zoom=17`);
  const map = page.getByRole("application", { name: /^Map\./ });
  const lon = (): number => Number(new URL(page.url()).searchParams.get("lon"));
  const shown = () => marks(page).evaluateAll((all) => all.map((mark) => (mark as HTMLElement).title).join());
  /** Every tile asked for since then is drawn. */
  const drawn = async (since: number): Promise<void> => {
    const missing = async () => {
      const names = await shown();
      return asked.slice(since).filter((url) => !names.includes(nameOf(url)));
    };
    await expect.poll(missing).toEqual([]);
  };
  /** Three quarters of a thousand pixels, which is further than a tile is wide. */
  const move = async (key: string): Promise<void> => {
    for (let steps = 0; steps < 3; steps += 1) {
      const [before, since] = [lon(), asked.length];
      await map.press(key);
      await expect.poll(lon).not.toBe(before);
      await drawn(since);
    }
  };
  await expect(marks(page).first()).toBeVisible();
  await drawn(0);
  const [first, names] = [asked.length, await shown()];
  await move("Shift+ArrowRight");
  expect(asked.length).toBeGreaterThan(first);
  const away = asked.length;
  await move("Shift+ArrowLeft");
  // All that was there is there again, and nothing was asked.
  await expect.poll(async () => (await shown()).split(",").sort()).toEqual(names.split(",").sort());
  expect(asked.slice(away)).toEqual([]);
  expect(new Set(asked).size).toBe(asked.length);

  await page.clock.setFixedTime(begin + STALE_MS);
  await move("Shift+ArrowRight");
  await move("Shift+ArrowLeft");
  const again = asked.slice(away);
  expect(again.length).toBeGreaterThan(0);
  expect(again.filter((url) => !asked.slice(0, away).includes(url))).toEqual([]);
});

test("what comes into sight while the map is dragged is drawn at once, and becomes buttons when the map rests", async ({ page }) => {
  const asked = noteAsked(page);
  await page.route(TILES, (route, request) => route.fulfill({ json: tileOf(request.url()) }));
  const at = ({ lon, lat }: { lon: number; lat: number }) => `/map?lon=${lon}&lat=${lat}&zoom=17`;
  await page.goto(at(CENTRE));
  await expect(marks(page).first()).toBeVisible();
  // A tile's right edge just out of sight.
  const map = page.getByRole("application", { name: /^Map\./ });
  const { x, y, width, height } = (await map.boundingBox())!;
  await page.goto(at(placeIn(tileAt(asked[0]!), 1 - (width / 2 + 40) / 512, 0.5)));
  await expect(marks(page).first()).toBeVisible();
  const missing = async () => {
    const shown = await marks(page).evaluateAll((all) => all.map((mark) => (mark as HTMLElement).title).join());
    return asked.slice(first).filter((url) => !shown.includes(nameOf(url)));
  };
  const sketch = page.locator(".map-sketch canvas");
  await still(page);
  await expect(sketch).toHaveCount(0);

  const first = asked.length;
  const [right, middle] = [x + width * 0.9, y + height / 2];
  await page.mouse.move(right, middle);
  await page.mouse.down();
  for (const part of [0.2, 0.4, 0.6, 0.7]) {
    await page.mouse.move(right - width * part, middle, { steps: 5 });
    // A map on its way looks for what came into sight some eight times a second, whenever it moves.
    await page.waitForTimeout(150);
  }
  await expect(sketch).not.toHaveCount(0);
  // Each tile has its report in its middle.
  const inTheMiddle = (all: Element[]) =>
    all.map((one) => {
      const canvas = one as HTMLCanvasElement;
      return canvas.getContext("2d")!.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3];
    });
  await expect.poll(async () => new Set(await sketch.evaluateAll(inTheMiddle))).toEqual(new Set([255]));
  expect((await missing()).length).toBeGreaterThan(0);

  await page.mouse.up();
  await expect.poll(missing).toEqual([]);
  await expect(sketch).toHaveCount(0);
});
