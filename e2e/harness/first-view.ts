/** What a page has loaded so far, as the browser counted it. */

import type { Page } from "@playwright/test";

export interface Loaded {
  path: string;
  /** As it came over the wire: compressed. */
  bytes: number;
}

/** Everything that is the site itself, the page included: without the API's answers and without photos. */
export function loadedOfOurs(page: Page): Promise<Loaded[]> {
  return page.evaluate(() =>
    [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
      .map((entry) => entry as PerformanceResourceTiming)
      .map(({ name, encodedBodySize }) => ({ path: new URL(name).pathname, bytes: encodedBodySize }))
      .filter(({ path }) => !path.startsWith("/api/") && !path.startsWith("/photos/")),
  );
}

/** Bytes of it all. */
export const bytesOf = (loaded: Loaded[]): number => loaded.reduce((sum, { bytes }) => sum + bytes, 0);
