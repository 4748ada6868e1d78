import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
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

test("a base map of one PMTiles file is fetched in parts and drawn in the browser, light and dark", async ({ page, watch }) => {
  test.skip(!existsSync(FILE), "the real base map is not there");
  // It starts a second server, while others test the first.
  test.slow();
  const folder = await mkdtemp(join(tmpdir(), "mendmap-base-"));
  await chmod(folder, 0o755);
  const site = Program.start("mendmap", process.env.MENDMAP_E2E_PROGRAM ?? "", ["serve"], {
    PORT: "0",
    DATA_DIR: join(folder, "data"),
    SPA_DIR: process.env.MENDMAP_SPA ?? "../frontend/dist",
    MAP_PMTILES: FILE,
    MAP_CENTRE: "-2.9977,51.5842",
    MAP_ATTRIBUTION: "© OpenStreetMap contributors, © OpenMapTiles",
    LOG: "warn",
  });
  try {
    const address = await site.until(60, (said) => /ready at (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? null);
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
    await expect(page.locator(".map__credits")).toHaveText("© OpenStreetMap contributors, © OpenMapTiles");
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(async () => (await colours(page)).get(water.dark) ?? 0, { timeout: 60_000 }).toBeGreaterThan(50);
    // Deeper than the file goes, its deepest tiles are drawn larger.
    await page.goto(`${address}/map?lon=-2.9977&lat=51.5842&zoom=18`);
    await expect.poll(async () => (await colours(page)).size).toBeGreaterThan(4);
  } finally {
    // The map listens to its server; one that is left does not complain that it stopped.
    await page.close();
    await site.stop(30);
    await rm(folder, { recursive: true, force: true });
  }
});
