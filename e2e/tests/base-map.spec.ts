import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Page } from "@playwright/test";

import { Program } from "../harness/processes.ts";
import { expect, test } from "../harness/test.ts";

const FILE = join(process.env.MENDMAP_DATA ?? "../../shared/data", "basemap/newport.pmtiles");

/** The colours of a map's canvases, each with how many of a thousand points have it. */
async function colours(page: Page): Promise<Map<string, number>> {
  const counted = await page.locator(".leaflet-tile-pane canvas").evaluateAll((all) => {
    const seen: Record<string, number> = {};
    for (const canvas of all as HTMLCanvasElement[]) {
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      for (let at = 0; at < data.length; at += 4 * 97) {
        const name = `${data[at]},${data[at + 1]},${data[at + 2]},${data[at + 3]}`;
        seen[name] = (seen[name] ?? 0) + 1;
      }
    }
    return seen;
  });
  return new Map(Object.entries(counted));
}

/** Starts a site of its own with these settings, and stops it once this is done with it. */
async function withSite(page: Page, settings: Record<string, string>, use: (address: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mendmap-base-"));
  await chmod(folder, 0o755);
  const site = Program.start("mendmap", process.env.MENDMAP_E2E_PROGRAM ?? "", ["serve"], {
    PORT: "0",
    DATA_DIR: join(folder, "data"),
    SPA_DIR: process.env.MENDMAP_SPA ?? "../frontend/dist",
    MAP_CENTRE: "-2.9977,51.5842",
    LOG: "warn",
    ...settings,
  });
  try {
    await use(await site.until(60, (said) => /ready at (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? null));
  } finally {
    // The map listens to its server; one that is left does not complain that it stopped.
    await page.close();
    await site.stop(30);
    await rm(folder, { recursive: true, force: true });
  }
}

test("a base map of one PMTiles file is fetched in parts and drawn in the browser, light and dark", async ({ page, watch }) => {
  test.skip(!existsSync(FILE), "the real base map is not there");
  // It starts a second server, while others test the first.
  test.slow();
  const credits = "© OpenStreetMap contributors, © OpenMapTiles";
  await withSite(page, { MAP_PMTILES: FILE, MAP_ATTRIBUTION: credits }, async (address) => {
    watch.expectOrigin(address);
    const answers: number[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith("/basemap/map.pmtiles")) answers.push(response.status());
    });
    await page.goto(`${address}/map`);
    // The river Usk runs through the middle of the town.
    const water = { light: "158,198,223,255", dark: "31,74,99,255" };
    await expect.poll(async () => (await colours(page)).get(water.light) ?? 0, { timeout: 60_000 }).toBeGreaterThan(50);
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.every((status) => status === 206)).toBe(true);
    await expect(page.locator(".map__credits")).toHaveText(credits);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(async () => (await colours(page)).get(water.dark) ?? 0, { timeout: 60_000 }).toBeGreaterThan(50);
    // Deeper than the file goes, its deepest tiles are drawn larger.
    await page.goto(`${address}/map?lon=-2.9977&lat=51.5842&zoom=18`);
    await expect.poll(async () => (await colours(page)).size).toBeGreaterThan(4);
  });
});

test("a base map of pictures comes from the address that is configured, with its credits on the map", async ({ page, watch }) => {
  test.slow();
  const asked: string[] = [];
  const drawn = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 256;
    const context = canvas.getContext("2d")!;
    context.fillStyle = "#d66026";
    context.fillRect(0, 0, 256, 256);
    return canvas.toDataURL("image/png");
  });
  const tile = Buffer.from(drawn.slice(drawn.indexOf(",") + 1), "base64");
  // Another port is another host for a browser: the page must allow it.
  const tiles = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.setHeader("Content-Type", "image/png").end(tile);
  });
  await new Promise<void>((resolve) => tiles.listen(0, "127.0.0.1", resolve));
  const host = `http://127.0.0.1:${(tiles.address() as AddressInfo).port}`;
  const credits = "© The Borough's Surveyors";
  const settings = { MAP_TILES_URL: `${host}/town/{z}/{x}/{y}.png?key=k3y`, MAP_ZOOM: "13", MAP_ATTRIBUTION: credits };
  try {
    await withSite(page, settings, async (address) => {
      watch.expectOrigin(address);
      watch.expectOrigin(host);
      const requests: string[] = [];
      page.on("request", (request) => requests.push(request.url()));
      const answer = await page.goto(`${address}/map`);
      const policy = (await answer?.headerValue("content-security-policy")) ?? "";
      expect(policy.split("; ").filter((rule) => rule.includes(host))).toEqual([`img-src 'self' data: blob: ${host}`]);
      await expect(page.locator(".map__credits")).toHaveText(credits);
      // The tiles around MAP_CENTRE, and after a step inwards those of the next zoom.
      await expect.poll(() => pictureInTheMiddle(page)).toBe(`${host}/town/13/4027/2721.png?key=k3y`);
      await page.getByRole("button", { name: "Zoom in" }).click();
      await expect.poll(() => pictureInTheMiddle(page)).toBe(`${host}/town/14/8055/5442.png?key=k3y`);
      expect(asked).toContain("/town/13/4027/2721.png?key=k3y");
      expect(asked.filter((path) => !/^\/town\/1[34]\/\d+\/\d+\.png\?key=k3y$/.test(path))).toEqual([]);
      // Our own streets are not drawn as well.
      expect(requests.filter((url) => url.includes("/map/streets/"))).toEqual([]);
      await expect(page.locator(".leaflet-tile-pane canvas")).toHaveCount(0);
    });
  } finally {
    tiles.closeAllConnections();
    await new Promise((resolve) => tiles.close(resolve));
  }
});

/** The address of the tile that lies in the middle of the map, once it is there as a picture and not see-through. */
function pictureInTheMiddle(page: Page): Promise<string> {
  return page.getByRole("application", { name: /^Map\./ }).evaluate((map) => {
    const { left, top, width, height } = map.getBoundingClientRect();
    const [x, y] = [left + width / 2, top + height / 2];
    const shown = [...map.querySelectorAll<HTMLImageElement>("img.leaflet-tile")].filter((tile) => {
      const box = tile.getBoundingClientRect();
      const isThere = tile.complete && tile.naturalWidth === 256 && getComputedStyle(tile).opacity === "1";
      return isThere && tile.checkVisibility() && box.left <= x && x < box.right && box.top <= y && y < box.bottom;
    });
    return shown.map(({ src }) => src).join(" ");
  });
}
