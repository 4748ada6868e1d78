import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

import { defineConfig } from "@playwright/test";

/** The system's Chromium, found the way a shell finds it: no browser is downloaded. */
function chromium(): string {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (!found) throw new Error("Chromium is not installed: apt-get install chromium");
  return found;
}

export default defineConfig({
  testDir: "tests",
  globalSetup: "./harness/start.ts",
  outputDir: "test-results",
  // One server, one database, one mailbox for all tests: each brings its own people, streets and words.
  fullyParallel: true,
  workers: 2,
  // A busy build server may stumble once: such a test is tried again, and counted as flaky in the totals for all to see.
  retries: process.env.CI ? 1 : 0,
  forbidOnly: true,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: "Europe/London",
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    // Without a picture of every moment, which costs more time than the tests; on a build server only of what is tried again,
    // because to keep what the page was at each step takes a part of every test.
    trace: { mode: process.env.CI ? "on-first-retry" : "retain-on-failure", screenshots: false, snapshots: true, sources: true },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: chromium(),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Whatever a page or the browser itself may want from elsewhere, it does not find it.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
      ],
    },
  },
  projects: [
    { name: "wide", use: { viewport: { width: 1280, height: 900 } } },
    // What is about one width or one address and not about the page's shape is tested once, in the other project.
    {
      name: "narrow",
      use: { viewport: { width: 320, height: 640 } },
      testIgnore: ["**/pictures.spec.ts", "**/api-docs.spec.ts", "**/zoom.spec.ts", "**/base-map.spec.ts"],
    },
  ],
});
