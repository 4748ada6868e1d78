import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

/**
 * How light the map is and how smoothly it moves, measured: not a test, so `npm test` leaves it out. With MENDMAP_ADDRESS, of
 * a site that runs.
 */
export default defineConfig({
  ...tests,
  testDir: "bench",
  testMatch: "*.ts",
  workers: 1,
  retries: 0,
  reporter: [["./bench/quiet.ts"]],
  ...(process.env.MENDMAP_ADDRESS ? { globalSetup: [] } : {}),
  projects: [{ name: "bench" }],
});
