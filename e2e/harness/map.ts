/** What tests see of the map, and maps with reports made up for one test. */

import type { Locator, Page } from "@playwright/test";

/** The address of a tile of reports. */
export const TILES = /\/api\/v1\/map\/\d+\/\d+\/\d+\.json/;

/** Pins and clusters, which are buttons on the map. */
export function marks(page: Page): Locator {
  return page.getByRole("application", { name: /^Map\./ }).getByRole("button");
}

export const zoomOf = (page: Page): number => Number(new URL(page.url()).searchParams.get("zoom"));

/** The map has come to rest, and every mark is where it belongs. */
export async function still(page: Page): Promise<void> {
  const moving = page.locator(".leaflet-zoom-anim, .map-mark.is-gliding");
  await moving.first().waitFor({ state: "detached" });
  await page.waitForTimeout(350);
  await moving.first().waitFor({ state: "detached" });
}

export interface Tile {
  z: number;
  x: number;
  y: number;
}

/** The tile that a request asks for. */
export function tileAt(url: string): Tile {
  const [z, x, y] = new URL(url).pathname.split("/").slice(4).map((part) => parseInt(part, 10));
  return { z: z ?? 0, x: x ?? 0, y: y ?? 0 };
}

/** The place so many edges right of a tile's left edge and below its upper one. */
export function placeIn({ z, x, y }: Tile, right: number, down: number): { lon: number; lat: number } {
  const size = 2 ** z;
  const lat = (Math.atan(Math.sinh(Math.PI * (1 - (2 * (y + down)) / size))) * 180) / Math.PI;
  return { lon: ((x + right) / size) * 360 - 180, lat };
}

/** A closed report as tiles tell of it: its pin is drawn around its place, while an open one's stands on it. */
export function closedPin(id: number, title: string, location: { lon: number; lat: number }): Record<string, unknown> {
  return { id, title, location, status_group: "closed", category: "Potholes" };
}
