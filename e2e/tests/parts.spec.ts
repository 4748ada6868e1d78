import { bytesOf, loadedOfOurs } from "../harness/first-view.ts";
import { signIn } from "../harness/people.ts";
import { expect, test } from "../harness/test.ts";

/**
 * What everything of ours that the first view of the map loads may come to, compressed; without the API's answers. It is
 * never to be more than 200 kB: whoever makes it lighter lowers this with it.
 */
const FIRST_VIEW_BYTES = 193_000;
/** The parts of the app that are fetched when they are needed, as they are named. */
const PART = /\/(split|chunk)_\w+-[0-9a-f]{16}\.wasm$/;

test("the first view of the map is light, and has nothing of the other pages in it", async ({ page }) => {
  await page.goto("/map");
  await expect(page.getByRole("article").first()).toBeVisible();
  const loaded = await loadedOfOurs(page);
  expect(loaded.filter(({ path }) => PART.test(path))).toEqual([]);
  for (const kind of [/^\/map$/, /\.wasm$/, /\/mendmap-.*\.js$/, /\/leaflet-.*\.js$/, /\.css$/]) {
    expect(loaded.filter(({ path, bytes }) => kind.test(path) && bytes > 0), `${kind} was measured`).not.toEqual([]);
  }
  expect(bytesOf(loaded), JSON.stringify(loaded, null, 2)).toBeLessThanOrEqual(FIRST_VIEW_BYTES);
});

test("a resident never loads the desk, and staff load it when they go there", async ({ page }) => {
  const parts: string[] = [];
  page.on("request", (request) => {
    if (PART.test(request.url())) parts.push(request.url());
  });
  for (const path of ["/", "/report/new", "/about", "/sign-in", "/reports/1"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  expect(parts.length).toBeGreaterThan(0);
  expect(parts.filter((url) => url.includes("split_desk"))).toEqual([]);
  await page.goto("/sign-in");
  await signIn(page, "highways-officer@example.org");
  await expect(page.getByRole("link", { name: "Desk" })).toBeVisible();
  await page.goto("/desk");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  expect(parts.filter((url) => url.includes("split_desk"))).not.toEqual([]);
});

test("a page that is on its way says so, and takes the focus when it is there", async ({ page }) => {
  await page.goto("/map");
  let come = (): void => undefined;
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.route(PART, async (route) => {
    await held;
    await route.continue();
  });
  const link = page.getByRole("link", { name: "Report a problem" }).first();
  await link.click();
  await expect(page.getByRole("main").getByRole("status")).toHaveText("Loading…");
  come();
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(page).toHaveTitle(/^Report a problem|^Where/);
});

test("a page that does not come says what to do, and comes when it is tried again", async ({
  page,
  watch,
  checkAccessibility,
}) => {
  watch.expectAnswer(/^404 GET \/assets\/(split|chunk)_\w+-[0-9a-f]{16}\.wasm$/);
  watch.expectConsole(/WebAssembly|Response|HTTP status code/);
  await page.goto("/map");
  // As after a new version was put in place of the one that is open.
  await page.route(PART, (route) => route.fulfill({ status: 404, body: "" }));
  await page.getByRole("link", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "This could not be loaded" })).toBeFocused();
  await expect(page.getByRole("alert")).toContainText("A part of this site did not arrive");
  await expect(page.getByRole("button", { name: "Reload the page" })).toBeVisible();
  await checkAccessibility();
  const again = page.getByRole("button", { name: "Try again" });
  await again.click();
  await expect(again).toBeFocused();
  await expect(page.getByRole("alert")).toBeVisible();
  await page.unroute(PART);
  await again.click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeFocused();
});

test("a page that did not come is there after a reload", async ({ page, watch }) => {
  watch.expectAnswer(/^404 GET \/assets\/(split|chunk)_\w+-[0-9a-f]{16}\.wasm$/);
  watch.expectConsole(/WebAssembly|Response|HTTP status code/);
  await page.goto("/map");
  await page.route(PART, (route) => route.fulfill({ status: 404, body: "" }));
  await page.getByRole("link", { name: "Sign in" }).click();
  const reload = page.getByRole("button", { name: "Reload the page" });
  await expect(reload).toBeVisible();
  await page.unroute(PART);
  await reload.click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
});

test("what searches comes with the first turn to its box, and loses nothing of what was typed meanwhile", async ({
  page,
  checkAccessibility,
}) => {
  await page.goto("/map");
  await expect(page.getByRole("article").first()).toBeVisible();
  let come = (): void => undefined;
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.route(PART, async (route) => {
    await held;
    await route.continue();
  });
  const search = page.getByRole("combobox", { name: "Street, postcode or place" });
  await search.pressSequentially("Linnet Ro");
  await checkAccessibility();
  await expect(search).toBeFocused();
  come();
  await expect(page.getByRole("option").first()).toBeVisible();
  await expect(search).toHaveValue("Linnet Ro");
  await expect(search).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("option").first()).toHaveAttribute("aria-selected", "true");
});

test("Enter pressed before what searches is there takes the best place once it is", async ({ page }) => {
  await page.goto("/");
  let come = (): void => undefined;
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.getByRole("combobox", { name: "Where is the problem?" }).waitFor();
  await page.route(PART, async (route) => {
    await held;
    await route.continue();
  });
  await page.getByRole("combobox", { name: "Where is the problem?" }).pressSequentially("Linnet Ro");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/$/);
  come();
  await expect(page).toHaveURL(/\/map\?/);
});

test("what searches or shows a report and does not come says so, and comes at the next try", async ({
  page,
  watch,
  checkAccessibility,
}) => {
  watch.expectAnswer(/^404 GET \/assets\/(split|chunk)_\w+-[0-9a-f]{16}\.wasm$/);
  watch.expectConsole(/WebAssembly|Response|HTTP status code/);
  await page.goto("/map");
  const show = page.getByRole("button", { name: "Show on the map" }).first();
  await expect(show).toBeVisible();
  await page.route(PART, (route) => route.fulfill({ status: 404, body: "" }));
  const search = page.getByRole("combobox", { name: "Street, postcode or place" });
  await search.pressSequentially("Linnet Ro");
  await expect(page.getByRole("alert")).toContainText("Nothing you typed is lost");
  await page.unroute(PART);
  await search.press("Enter");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page).toHaveURL(/place=Linnet/);
  // What searches and what shows a report are one part: somebody else's first press asks for it.
  await page.goto("/map");
  await expect(show).toBeVisible();
  await page.route(PART, (route) => route.fulfill({ status: 404, body: "" }));
  await show.click();
  const again = page.getByRole("button", { name: "Try again" });
  await expect(again).toBeVisible();
  await checkAccessibility();
  await page.unroute(PART);
  await again.click();
  await expect(page.getByRole("region", { name: "Selected report" })).toBeFocused();
});
