import { signIn } from "../harness/people.ts";
import { fitsTheWindow, settled } from "../harness/inspect.ts";
import { expect, test } from "../harness/test.ts";

const PATHS = ["/", "/map", "/about", "/sign-in", "/report/new", "/reports/3", "/analysis", "/bodies/wrenmouth"];

// A window of 1280 pixels zoomed in twice lays the page out in 640, four times in 320 (WCAG 1.4.4 and 1.4.10).
for (const [zoom, viewport] of [
  ["twice", { width: 640, height: 450 }],
  ["four times", { width: 320, height: 256 }],
] as const) {
  test(`zoomed in ${zoom} every page still fits the window, and its heading is in sight`, async ({ page }) => {
    await page.setViewportSize(viewport);
    for (const path of PATHS) {
      await page.goto(path);
      await settled(page);
      await fitsTheWindow(page);
      if (path !== "/map") {
        const heading = page.getByRole("heading", { level: 1 });
        await heading.scrollIntoViewIfNeeded();
        await expect(heading).toBeInViewport();
      }
    }
    await page.goto("/sign-in");
    await signIn(page, "officer@example.org");
    await expect(page.getByRole("table")).toBeVisible();
    await fitsTheWindow(page);
    await page.getByRole("table").getByRole("link").first().click();
    await expect(page.getByRole("region", { name: "Private notes" })).toBeVisible();
    await fitsTheWindow(page);
  });
}

test("wider spacing of letters, words and lines breaks no page (WCAG 1.4.12)", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of PATHS) {
    await page.goto(path);
    await settled(page);
    await page.evaluate(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }",
      );
      document.adoptedStyleSheets.push(sheet);
    });
    await fitsTheWindow(page);
  }
});

test("without JavaScript the page says what it needs", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/");
  // The locators for text leave out what stands in <noscript>.
  const said = page.locator("noscript p");
  await expect(said).toBeVisible();
  expect(await said.evaluate((said) => said.textContent)).toContain("This site needs JavaScript to show its map and forms.");
  await context.close();
});
