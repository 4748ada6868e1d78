/**
 * Bytes of the map's first view; frames a second while a map full of reports is dragged, on a processor slowed down four times;
 * and how long it takes from opening the map to the first pin. Prints one JSON line for each case.
 *
 * MENDMAP_ADDRESS: a site that runs, whose own reports are measured too; without it one is started, as for the tests.
 * BENCH_PATH: where its own reports are looked at, such as `/map?lon=-2.99&lat=51.58&zoom=15`; around the middle of its map
 * unless given.
 * BENCH_SLOWDOWN: how many times slower; 4 unless given.
 */

import { test, type APIRequestContext, type CDPSession, type Page } from "@playwright/test";

import { bytesOf, loadedOfOurs } from "../harness/first-view.ts";

/** Reports in sight, where they are made up. */
const REPORTS = 2_000;
const SLOWDOWN = Number(process.env.BENCH_SLOWDOWN ?? 4);
/** The closest zoom, where what is made up is all pins. */
const MADE_UP = "/map?lon=-4.8969&lat=51.3014&zoom=19";
/** Streets: the zoom at which people look for what is reported near them. */
const OWN_ZOOM = 15;
const MARK = ".map-mark, .leaflet-marker-icon";
/** Milliseconds of a frame at 60 a second. */
const FRAME = 1000 / 60;

interface Case {
  name: string;
  path: (site: APIRequestContext) => Promise<string>;
  viewport: { width: number; height: number };
  /** Reports of a tile; the site's own ones if there is none. */
  tile?: (z: number, x: number, y: number) => unknown;
}

/** The same numbers in the same order every time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return ((n ^ (n >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A tile with a pin at each of these places, in parts of its edge. */
function tileOf(z: number, x: number, y: number, places: [number, number][]): unknown {
  const size = 2 ** z;
  const groups = ["open", "fixed", "closed"];
  const pins = places.map(([right, down], n) => {
    const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + down)) / size))) * 180) / Math.PI;
    const location = { lon: ((x + right) / size) * 360 - 180, lat };
    const id = (x % 4096) * 4096 * 256 + (y % 4096) * 256 + n;
    return { id, location, status_group: groups[n % 3], title: `Pothole number ${n}`, category: "Potholes" };
  });
  return { pins, clusters: [] };
}

const anywhere = (edges: number) => (z: number, x: number, y: number) => {
  const next = numbers(x * 31 + y);
  return tileOf(z, x, y, Array.from({ length: edges }, () => [next(), next()]));
};

/** Five rows of five, so far apart that every report is a pin of its own. */
const inRows = (z: number, x: number, y: number) =>
  tileOf(z, x, y, Array.from({ length: 25 }, (_, n) => [((n % 5) + 0.5) / 5, (Math.floor(n / 5) + 0.5) / 5]));

/** 855 by 770 pixels are the map's on a window of 1280 by 900. */
const crowded = Math.round((REPORTS * 256 * 256) / (855 * 770));
const window = { width: 1280, height: 900 };
const madeUp = () => Promise.resolve(MADE_UP);
const cases: Case[] = [
  { name: "2,000 reports in sight", path: madeUp, viewport: window, tile: anywhere(crowded) },
  { name: "2,000 pins in sight, on a wall", path: madeUp, viewport: { width: 3200, height: 2050 }, tile: inRows },
];
if (process.env.MENDMAP_ADDRESS || process.env.BENCH_PATH) {
  cases.push({ name: "own reports", path: ownReports, viewport: window });
}

const baseURL = process.env.MENDMAP_ADDRESS ?? process.env.MENDMAP_E2E_ADDRESS ?? "";

test("first view", async ({ browser }) => {
  test.setTimeout(180_000);
  const context = await browser.newContext({ baseURL, viewport: window });
  const page = await context.newPage();
  // Of a full buffer the rest would be missing.
  await page.addInitScript(() => performance.setResourceTimingBufferSize(5_000));
  await page.goto("/map");
  await page.locator(MARK).first().waitFor({ timeout: 120_000 });
  await page.getByRole("article").first().waitFor({ timeout: 120_000 });
  // A live map always waits for something: nothing more comes when nothing came for a while.
  let loaded = await loadedOfOurs(page);
  for (let before = -1; before !== loaded.length; loaded = await loadedOfOurs(page)) {
    before = loaded.length;
    await page.waitForTimeout(3_000);
  }
  print("first view", { first_view_kilobytes: rounded(bytesOf(loaded) / 1000) });
  await context.close();
});

for (const one of cases) {
  test(one.name, async ({ browser }) => {
    test.setTimeout(180_000);
    const context = await browser.newContext({ baseURL, viewport: one.viewport });
    const page = await context.newPage();
    const { tile } = one;
    if (tile) {
      await page.route(/\/api\/v1\/map\/\d+\/\d+\/\d+\.json/, (route, request) => {
        const [z, x, y] = new URL(request.url()).pathname.split("/").slice(4).map((part) => parseInt(part, 10));
        return route.fulfill({ json: tile(z ?? 0, x ?? 0, y ?? 0) });
      });
    }
    await page.addInitScript((mark) => {
      const seen = new MutationObserver(() => {
        if (!document.querySelector(mark)) return;
        Object.assign(globalThis, { firstPin: performance.now() });
        seen.disconnect();
      });
      seen.observe(document, { childList: true, subtree: true });
    }, MARK);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWDOWN });
    await page.goto(await one.path(context.request));
    await page.locator(MARK).first().waitFor({ timeout: 120_000 });
    const toPins = await page.evaluate(() => (globalThis as unknown as { firstPin: number }).firstPin);
    // A live map always waits for something, so there is no moment at which all is there.
    await page.waitForTimeout(6_000);
    const seen = await inSight(page);
    const { frames, busy } = await whileDragged(page, devtools);
    const sorted = [...frames].sort((a, b) => a - b);
    const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    const whole = frames.reduce((sum, frame) => sum + frame, 0);
    const due = Math.round(whole / FRAME);
    print(`${one.name}, processor slowed down ${SLOWDOWN} times`, {
      ...seen,
      frames_per_second_median: rounded(1000 / at(0.5)),
      frames_per_second_mean: rounded((frames.length * 1000) / whole),
      frame_ms_p95: rounded(at(0.95)),
      frame_ms_worst: rounded(at(1)),
      // What the page's own thread works for a frame, slowed down as it is, on its own processor: 16.7 are there. Unlike the
      // frames themselves it does not depend on what else the machine does.
      busy_ms_a_frame: rounded(busy / frames.length),
      dropped: Math.round((Math.max(0, due - frames.length) / due) * 1000) / 1000,
      ms_to_first_pin: Math.round(toPins),
    });
    await context.close();
  });
}

function rounded(n: number): number {
  return Math.round(n * 10) / 10;
}

/** Prints a line of JSON: every number in it comes into the report of `make bench`. */
function print(name: string, numbers: Record<string, number>): void {
  console.log(JSON.stringify({ bench: "map", case: name, ...numbers }));
}

/** Where the site's own reports are looked at: around the place its map starts at. */
async function ownReports(site: APIRequestContext): Promise<string> {
  if (process.env.BENCH_PATH) return process.env.BENCH_PATH;
  const answer = await site.get("/api/v1/config");
  if (!answer.ok()) throw new Error(`the site's settings: ${answer.status()}`);
  const { map } = (await answer.json()) as { map: { centre: { lon: number; lat: number } } };
  return `/map?lon=${map.centre.lon}&lat=${map.centre.lat}&zoom=${OWN_ZOOM}`;
}

/** The marks on the map's visible part, and how many reports they stand for. */
function inSight(page: Page): Promise<{ reports: number; marks: number }> {
  return page.evaluate((mark) => {
    const map = document.querySelector(".map__canvas")!.getBoundingClientRect();
    const shown = [...document.querySelectorAll(mark)].filter((one) => {
      const { left, right, top, bottom } = one.getBoundingClientRect();
      return right > map.left && left < map.right && bottom > map.top && top < map.bottom;
    });
    const total = (name: string) => Number(/^([\d,]+) reports/.exec(name)?.[1]?.replaceAll(",", "") ?? 1);
    const counts = shown.map((one) => total(one.getAttribute("title") ?? ""));
    return { reports: counts.reduce((sum, n) => sum + n, 0), marks: shown.length };
  }, MARK);
}

/** Milliseconds that the page's thread has worked so far. */
async function worked(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0) * 1000;
}

/**
 * Milliseconds of each frame while the map is dragged for about three seconds, two drags onto new ground and two back; and how
 * long the page's thread worked for them all.
 */
async function whileDragged(page: Page, devtools: CDPSession): Promise<{ frames: number[]; busy: number }> {
  const box = await page.locator(".map__canvas").boundingBox();
  if (!box) throw new Error("no map");
  const [middle, top] = [box.x + box.width / 2, box.y + box.height / 2];
  const frames: number[] = [];
  let busy = 0;
  for (const direction of [-1, -1, 1, 1]) {
    const from = middle - direction * 200;
    await page.mouse.move(from, top);
    await page.mouse.down();
    await page.evaluate(() => {
      const times: number[] = [];
      const stop = { now: false };
      const note = (time: number): void => {
        times.push(time);
        if (!stop.now) requestAnimationFrame(note);
      };
      requestAnimationFrame(note);
      Object.assign(globalThis, { frameTimes: times, frameStop: stop });
    });
    const before = await worked(devtools);
    const begin = Date.now();
    for (let part = 0; part < 1; part = Math.min(1, (Date.now() - begin) / 750)) {
      await page.mouse.move(from + direction * 400 * part, top + 60 * Math.sin(part * Math.PI));
      await new Promise((resolve) => setTimeout(resolve, 8));
    }
    const times = await page.evaluate(() => {
      const all = globalThis as unknown as { frameTimes: number[]; frameStop: { now: boolean } };
      all.frameStop.now = true;
      return all.frameTimes;
    });
    busy += (await worked(devtools)) - before;
    frames.push(...times.slice(1).map((time, n) => time - (times[n] ?? time)));
    // Without a throw: the map stands still before the mouse lets go.
    await page.waitForTimeout(150);
    await page.mouse.up();
    await page.waitForTimeout(300);
  }
  return { frames, busy };
}
