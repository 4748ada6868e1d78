import type { Page } from "@playwright/test";

import { expect, test } from "../harness/test.ts";

/** Marks the document: a page that was loaded anew has no mark. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => document.documentElement.setAttribute("data-loaded-once", ""));
}

async function expectNothingLoadedAnew(page: Page): Promise<void> {
  await expect(page.locator("html[data-loaded-once]")).toBeAttached();
}

test("links, back and forward change page, title, focus and the mark in the menu, and load nothing anew", async ({ page }) => {
  const heading = (name: string) => page.getByRole("heading", { level: 1, name });
  await page.goto("/about");
  await expect(heading("About, privacy and accessibility")).toBeVisible();
  await mark(page);
  const menu = page.getByRole("navigation", { name: "Main" });
  await menu.getByRole("link", { name: "Sign in" }).click();
  await expect(heading("Sign in")).toBeFocused();
  await expect(page).toHaveURL(/\/sign-in$/);
  await expect(page).toHaveTitle(/^Sign in/);
  await expect(menu.locator("[aria-current=page]")).toHaveText("Sign in");
  await menu.getByRole("link", { name: "Map" }).click();
  await expect(page.getByRole("article").first()).toBeVisible();
  await expect(menu.locator("[aria-current=page]")).toHaveText("Map");
  await page.goBack();
  await expect(heading("Sign in")).toBeFocused();
  await expect(page).toHaveTitle(/^Sign in/);
  await page.goBack();
  await expect(heading("About, privacy and accessibility")).toBeFocused();
  await expect(menu.locator("[aria-current=page]")).toHaveCount(0);
  await page.goForward();
  await expect(heading("Sign in")).toBeFocused();
  await expectNothingLoadedAnew(page);
});

test("a page that a link leads to begins at its top", async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto("/");
  const about = page.getByRole("link", { name: "About, privacy and accessibility" });
  await about.scrollIntoViewIfNeeded();
  const left = await page.evaluate(() => scrollY);
  expect(left).toBeGreaterThan(0);
  await about.click();
  await expect(page.getByRole("heading", { level: 1, name: "About, privacy and accessibility" })).toBeFocused();
  expect(await page.evaluate(() => scrollY)).toBe(0);
});

test("a link pressed before the first page has come leads to its page's heading all the same", async ({ page }) => {
  // What draws a page comes when it is needed; the header is there before.
  let come = (): void => undefined;
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.route(/\/assets\/(?!mendmap)[^/]*\.wasm/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/about");
  await page.getByRole("link", { name: "Sign in" }).click();
  come();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeFocused();
});

test("a link to the page one is on leaves no step for the back button", async ({ page }) => {
  await page.goto("/about");
  const signIn = page.getByRole("link", { name: "Sign in" });
  await signIn.click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeFocused();
  const steps = await page.evaluate(() => history.length);
  await signIn.click();
  await signIn.click();
  expect(await page.evaluate(() => history.length)).toBe(steps);
  await page.goBack();
  await expect(page.getByRole("heading", { level: 1, name: "About, privacy and accessibility" })).toBeFocused();
});

test("a link that is to open in a new tab does, and this page stays", async ({ page, context }) => {
  await page.goto("/about");
  await expect(page.getByRole("heading", { level: 1, name: "About, privacy and accessibility" })).toBeVisible();
  const opened = context.waitForEvent("page");
  await page.getByRole("link", { name: "Sign in" }).click({ modifiers: ["Control"] });
  const tab = await opened;
  await expect(tab.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
  await expect(page).toHaveURL(/\/about$/);
});

test("a link to what is no page of the app is followed by the browser", async ({ page }) => {
  await page.goto("/about");
  await page.getByRole("contentinfo").getByRole("link", { name: "API for developers" }).click();
  await expect(page).toHaveURL(/\/api\/docs\/$/);
  await expect(page.locator(".swagger-ui").first()).toBeVisible();
});

test("a link that FixMyStreet made to its form for a place opens ours at that place", async ({ page, baseURL }) => {
  // Where files are served by themselves, nobody redirects: the app is answered with for every address of a page.
  await page.route(/\/report\/new\?l/, async (route) => route.fulfill({ response: await route.fetch({ url: `${baseURL}/about` }) }));
  await page.goto("/report/new?latitude=51.3014&longitude=-4.8969&pc=Linnet+Road");
  await expect(page.getByRole("heading", { level: 1, name: "What is the problem?" })).toBeVisible();
  const kept = () => page.evaluate(() => localStorage.getItem("mendmap.draft"));
  await expect.poll(kept).toMatch(/-4\.8969.*51\.3014/);
});

test("a slash at the end changes nothing, and an address of no page says so", async ({ page }) => {
  await page.goto("/about/");
  await expect(page.getByRole("heading", { level: 1, name: "About, privacy and accessibility" })).toBeVisible();
  for (const path of ["/nothing", "/about/nothing", "/reports/1/nothing", "/desk//integrations"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Page not found");
  }
});
