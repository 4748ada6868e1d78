import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../harness/test.ts";

interface Summary {
  id: number;
  title: string;
  location: { lon: number; lat: number };
}

/** All reports of the demo that fit: no other test closes any. */
async function closed(page: Page, category = ""): Promise<Summary[]> {
  const all: Summary[] = [];
  for (let cursor = ""; ; ) {
    const answer = await page.request.get("/api/v1/reports", { params: { status: "closed", category, limit: 100, cursor } });
    const { items, next_cursor } = (await answer.json()) as { items: Summary[]; next_cursor?: string };
    all.push(...items);
    if (!next_cursor) return all;
    cursor = next_cursor;
  }
}

/** Pins and clusters, which are buttons on the map. */
function marks(page: Page): Locator {
  return page.getByRole("application", { name: /^Map\./ }).getByRole("button");
}

/** How many reports the marks on the map stand for. */
async function counted(page: Page): Promise<number> {
  const names = await marks(page).evaluateAll((all) => all.map((mark) => mark.getAttribute("title") ?? ""));
  return names.reduce((sum, name) => sum + Number(/^([\d,]+) reports?:/.exec(name)?.[1]?.replace(",", "") ?? 1), 0);
}

const zoomOf = (page: Page): number => Number(new URL(page.url()).searchParams.get("zoom"));
/** The whole borough. */
const FAR = "/map?lon=-4.8969&lat=51.3014&zoom=12&status=closed";

test("from afar every report is counted in a cluster, and a press on a cluster leads into it", async ({ page }) => {
  const all = await closed(page);
  expect(all.length).toBeGreaterThan(20);
  await page.goto(FAR);
  await expect.poll(() => counted(page)).toBe(all.length);
  const cluster = marks(page).and(page.getByTitle(/Press to zoom in/)).first();
  await cluster.click();
  await expect.poll(() => zoomOf(page)).toBeGreaterThan(12);
  await expect(page.getByRole("status").filter({ hasText: "reports listed" })).toBeVisible();
});

test("a cluster opens with the keyboard, and near enough every report is a pin of its own", async ({ page }) => {
  await page.goto(FAR);
  const cluster = marks(page).and(page.getByTitle(/Press to zoom in/)).first();
  await cluster.focus();
  await expect(cluster).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(() => zoomOf(page)).toBeGreaterThan(12);
  const [report] = await closed(page);
  if (!report) throw new Error("no report");
  await page.goto(`/map?lon=${report.location.lon}&lat=${report.location.lat}&zoom=18&status=closed`);
  const pin = marks(page).and(page.getByTitle(`Closed: ${report.title},`));
  await expect(pin.first()).toBeVisible();
  await expect(page.getByTitle(/Press to zoom in/)).toHaveCount(0);
  await pin.first().focus();
  await page.keyboard.press("Enter");
  const selected = page.getByRole("region", { name: "Selected report" });
  await expect(selected).toBeFocused();
  await expect(selected).toContainText(report.title);
  await page.keyboard.press("Escape");
  await expect(selected).toHaveCount(0);
  await expect(pin.first()).toBeFocused();
});

test("filters stand in the address: they survive a reload, and a shared link shows the same", async ({
  page,
  anotherBrowser,
}) => {
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=12");
  const cards = page.getByRole("article");
  await expect(cards.first()).toBeVisible();
  await page.getByRole("combobox", { name: "Status" }).selectOption("Closed");
  await expect(page).toHaveURL(/status=closed/);
  await page.getByRole("combobox", { name: "Category" }).selectOption("Potholes");
  await expect(page).toHaveURL(/category=potholes/);
  const titles = (await closed(page, "potholes")).map(({ title }) => title).sort();
  const shown = async (of: Page) => (await of.getByRole("article").getByRole("heading").allTextContents()).sort();
  await expect.poll(() => shown(page)).toEqual(titles);
  await expect.poll(() => counted(page)).toBe(titles.length);

  await page.reload();
  await expect(page.getByRole("combobox", { name: "Status" })).toHaveValue("closed");
  await expect(page.getByRole("combobox", { name: "Category" })).toHaveValue("potholes");
  await expect.poll(() => shown(page)).toEqual(titles);
  const other = await anotherBrowser();
  await other.goto(page.url());
  await expect.poll(() => shown(other)).toEqual(titles);

  await page.getByRole("combobox", { name: "Category" }).selectOption("All categories");
  await expect(page).not.toHaveURL(/category=/);
  await page.goBack();
  await expect(page).toHaveURL(/category=potholes/);
  await expect(page.getByRole("combobox", { name: "Category" })).toHaveValue("potholes");
  await expect.poll(() => shown(page)).toEqual(titles);
});

test("list and map go together: what is chosen in one is shown in the other", async ({ page }) => {
  const all = await closed(page);
  const far = (a: Summary, b: Summary) =>
    Math.hypot((a.location.lon - b.location.lon) * 69_500, (a.location.lat - b.location.lat) * 111_200);
  const alone = (one: Summary) => all.every((other) => other === one || (far(one, other) > 150 && other.title !== one.title));
  const lonely = all.find(alone);
  if (!lonely) throw new Error("no report stands alone");
  const { lon, lat } = lonely.location;
  await page.goto(`/map?lon=${lon}&lat=${lat}&zoom=17&status=closed`);
  const selected = page.getByRole("region", { name: "Selected report" });
  const pin = marks(page).and(page.getByTitle(`Closed: ${lonely.title},`)).first();

  await pin.click();
  await expect(selected).toBeFocused();
  await expect(selected).toContainText(lonely.title);
  await expect(page).toHaveURL(new RegExp(`report=${lonely.id}\\b`));
  await selected.getByRole("button", { name: "Close" }).click();
  await expect(selected).toHaveCount(0);
  await expect(page).not.toHaveURL(/report=/);

  const card = page.getByRole("article").filter({ hasText: lonely.title }).first();
  const show = card.getByRole("button", { name: "Show on the map" });
  await show.click();
  await expect(selected).toBeFocused();
  await selected.getByRole("button", { name: "Close" }).click();
  await expect(show).toBeFocused();
  await show.click();
  await expect(selected).toContainText(lonely.title);
  await page.reload();
  await expect(selected).toContainText(lonely.title);
  await selected.getByRole("link", { name: "Open this report" }).click();
  await expect(page.getByRole("heading", { level: 1, name: lonely.title })).toBeVisible();
  await page.goBack();
  await expect(selected).toContainText(lonely.title);

  // Away from it the list no longer has it.
  await page.goto(`/map?lon=${lon + 0.2}&lat=${lat}&zoom=17&status=closed`);
  await expect(page.getByText("There are no reports here with these filters.")).toBeVisible();
});

test("arrow keys and buttons move the map, and the address follows", async ({ page }) => {
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=15");
  const map = page.getByRole("application", { name: /^Map\./ });
  await expect(marks(page).first()).toBeVisible();
  const lon = (): number => Number(new URL(page.url()).searchParams.get("lon"));
  await map.focus();
  await page.keyboard.press("ArrowRight");
  await expect.poll(lon).toBeGreaterThan(-4.8969);
  await page.keyboard.press("+");
  await expect.poll(() => zoomOf(page)).toBe(16);
  await page.getByRole("button", { name: "Zoom out" }).click();
  await expect.poll(() => zoomOf(page)).toBe(15);
});

test("a press on the map chooses a place to report", async ({ page }) => {
  // A place away from every report.
  await page.goto("/map?lon=-4.86&lat=51.33&zoom=17&status=closed");
  const map = page.getByRole("application", { name: /^Map\./ });
  await expect(page.getByText("There are no reports here with these filters.")).toBeVisible();
  await map.click({ position: { x: 60, y: 60 } });
  await expect(page.getByText("You chose a place on the map.")).toBeVisible();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await expect(map).toBeFocused();
  await map.click({ position: { x: 60, y: 60 } });
  await page.getByRole("link", { name: "Report a problem here" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "What is the problem?" })).toBeVisible();
  await expect(page).toHaveURL(/\/report\/new\?lon=-4\.8[56]\d+&lat=51\.33\d+/);
});

test("a search moves the map there and says so", async ({ page }) => {
  await page.goto("/map");
  const search = page.getByRole("combobox", { name: "Street, postcode or place" });
  await search.fill("pennfelin");
  await page.getByRole("option", { name: /^Penfelin/ }).first().click();
  await expect(page).toHaveTitle(/Reports near Penfelin/);
  await expect(page).toHaveURL(/place=Penfelin/);
  // Away from it the map says so no more.
  await expect(async () => {
    await page.getByRole("application", { name: /^Map\./ }).press("ArrowRight");
    await expect(page).toHaveTitle(/^Map of reports/, { timeout: 1_000 });
  }).toPass();
  await expect(page).not.toHaveURL(/place=/);
  await search.fill("zzzz qqqq");
  await expect(page.getByText("Nothing found. Try a street name or a postcode.")).toBeVisible();
});

test("the location of the device is used when it is told, and its refusal is explained", async ({ page, context }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "Use my location" }).click();
  await expect(page.getByText("Your browser did not tell us where you are.")).toBeVisible();
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ longitude: -4.9051, latitude: 51.3081 });
  await page.getByRole("button", { name: "Use my location" }).click();
  await expect(page).toHaveURL(/\/map\?lon=-4\.905\d*&lat=51\.308\d*/);
});

test("the map is never grey: it draws the streets it has", async ({ page }) => {
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=16");
  const drawn = () =>
    page.locator("canvas").evaluateAll((all) =>
      all.some((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const { data } = (canvas as HTMLCanvasElement).getContext("2d")!.getImageData(0, 0, width, height);
        let painted = 0;
        for (let n = 3; n < data.length; n += 4) if (data[n]! > 0) painted += 1;
        return painted > (width * height) / 50;
      }),
    );
  await expect.poll(drawn).toBe(true);
});

test("a place is chosen by moving the map, and not by zooming, turning or resizing the window", async ({ page }) => {
  await page.goto("/report/new");
  const map = page.getByRole("application", { name: /^Map\./ });
  await expect(map).toBeVisible();
  await page.getByRole("button", { name: "Zoom in" }).click();
  await page.setViewportSize({ width: 733, height: 411 });
  // Leaflet waits for a fifth of a second before it says that it came to rest.
  await page.waitForTimeout(700);
  await expect(page.getByText("Chosen place")).toHaveCount(0);
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page.getByRole("alert").getByRole("link", { name: "Choose where the problem is" })).toBeVisible();
  await map.press("ArrowRight");
  await expect(page.getByText("Chosen place")).toBeVisible();
});

test("without Leaflet there is no map, and the list works all the same", async ({ page, watch }) => {
  watch.expectAnswer(/^404 GET \/assets\/leaflet-\w+\.js$/);
  await page.route(/\/leaflet-\w+\.js$/, (route) => route.fulfill({ status: 404 }));
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=13&status=closed");
  await expect(page.getByText("The map could not be started. Everything else works without it.")).toBeVisible();
  await expect(page.getByRole("article").first()).toBeVisible();
  await page.getByRole("button", { name: "Show on the map" }).first().click();
  await expect(page.getByRole("region", { name: "Selected report" })).toBeFocused();
});

test("reports that did not come are missed until they come", async ({ page, watch }) => {
  watch.expectAnswer(/^503 GET \/api\/v1\/map\/\d+\//);
  const tiles = /\/api\/v1\/map\/\d+\/\d+\/\d+\.json/;
  let lost = "";
  await page.route(tiles, (route, request) => {
    lost ||= request.url();
    return request.url() === lost ? route.fulfill({ status: 503, body: "" }) : route.continue();
  });
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=14");
  const missing = page.getByText("Some reports could not be put on the map.");
  await expect(missing).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(missing).toBeVisible();
  await page.unroute(tiles);
  await page.getByRole("application", { name: /^Map\./ }).press("ArrowRight");
  await expect(missing).toHaveCount(0);
});
