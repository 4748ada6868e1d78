import type { Locator, Page } from "@playwright/test";

import { marks, still, TILES, zoomOf } from "../harness/map.ts";
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

/** How many reports the marks on the map stand for. */
async function counted(page: Page): Promise<number> {
  const names = await marks(page).evaluateAll((all) => all.map((mark) => mark.getAttribute("title") ?? ""));
  return names.reduce((sum, name) => sum + Number(/^([\d,]+) reports?:/.exec(name)?.[1]?.replace(",", "") ?? 1), 0);
}

/** The first of these marks that is well inside the map, where there is one. */
async function inSight(page: Page, marks: Locator): Promise<Locator | null> {
  const map = await page.getByRole("application", { name: /^Map\./ }).boundingBox();
  if (!map) throw new Error("no map");
  for (const mark of await marks.all()) {
    const box = await mark.boundingBox();
    const inside =
      box && box.x > map.x && box.y > map.y && box.x + box.width < map.x + map.width && box.y + box.height < map.y + map.height;
    // The buttons that zoom lie over the map's corner.
    if (inside && (box.x + box.width < map.x + map.width - 60 || box.y > map.y + 120)) return mark;
  }
  return null;
}

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

test("from cluster to pin to report by mouse: each press goes in around what is pressed", async ({ page }) => {
  await page.goto(FAR);
  const clusters = marks(page).and(page.getByTitle(/Press to zoom in/));
  const pins = marks(page).and(page.getByTitle(/^Closed: /));
  await expect(clusters.first()).toBeVisible();
  // Further into a cluster, until there is a pin.
  let pin: Locator | null = null;
  for (let presses = 0; presses < 10 && !pin; presses += 1) {
    await still(page);
    if (presses > 0) pin = await inSight(page, pins);
    if (pin) break;
    const before = zoomOf(page);
    await (await inSight(page, clusters))?.click();
    await expect.poll(() => zoomOf(page)).toBeGreaterThan(before);
  }
  if (!pin) throw new Error("no press leads to a pin");
  const title = /^Closed: (.*), [^,]+$/.exec((await pin.getAttribute("title")) ?? "")?.[1] ?? "";
  await pin.click();
  const selected = page.getByRole("region", { name: "Selected report" });
  await expect(selected).toContainText(title);
  await selected.getByRole("link", { name: "Open this report" }).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
});

test("from cluster to pin to report by keyboard: the focus goes along", async ({ page }) => {
  await page.goto(FAR);
  const cluster = marks(page).and(page.getByTitle(/Press to zoom in/)).first();
  await cluster.focus();
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("title") ?? "");
  for (let presses = 0; presses < 10 && !/^Closed: /.test(await focused()); presses += 1) {
    const [before, label] = [zoomOf(page), await focused()];
    await page.keyboard.press("Enter");
    if (label.includes("at one place")) {
      await page.keyboard.press("Tab");
      continue;
    }
    await expect.poll(() => zoomOf(page), { message: `${label} leads in` }).toBeGreaterThan(before);
    await still(page);
    // What was pressed is parted, and the keyboard is on a part of it.
    await expect.poll(focused).toMatch(/^(Closed: |\d+ reports(:| at one place))/);
  }
  const title = /^Closed: (.*), [^,]+$/.exec(await focused())?.[1] ?? "";
  const pin = page.locator(":focus");
  const name = (await pin.getAttribute("title")) ?? "";
  await page.keyboard.press("Enter");
  const selected = page.getByRole("region", { name: "Selected report" });
  await expect(selected).toBeFocused();
  await expect(selected).toContainText(title);
  await page.keyboard.press("Escape");
  await expect(selected).toHaveCount(0);
  await expect(marks(page).and(page.getByTitle(name, { exact: true })).first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(selected).toBeFocused();
  await expect(selected).toContainText(title);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await expect(selected.getByRole("link", { name: "Open this report" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
});

test("no mark hides another, at any zoom", async ({ page }) => {
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=12");
  await expect(marks(page).first()).toBeVisible();
  for (let zoom = 12; ; zoom += 1) {
    await still(page);
    const places = await marks(page).evaluateAll((all) =>
      all.map((mark) => {
        const { left, top, width, height } = mark.getBoundingClientRect();
        return { name: mark.getAttribute("title"), x: left + width / 2, y: top + height / 2 };
      }),
    );
    const hidden = places.flatMap((one, n) =>
      places.slice(0, n).filter((other) => Math.hypot(one.x - other.x, one.y - other.y) < 40).map((other) => [one.name, other.name]),
    );
    expect(hidden, `at zoom ${zoom}`).toEqual([]);
    if (zoom === 19) break;
    await page.getByRole("button", { name: "Zoom in" }).click();
    await expect.poll(() => zoomOf(page)).toBe(zoom + 1);
  }
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

test("body and age are filters too, on the map and in the list, and what no map can show falls away", async ({
  page,
  anotherBrowser,
}) => {
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=12&status=closed");
  await page.getByRole("combobox", { name: "Sent to" }).selectOption("Wrenshire Highways");
  await expect(page).toHaveURL(/body=wrenshire-highways/);
  await page.getByRole("combobox", { name: "Reported" }).selectOption("In the last 6 months");
  await expect(page).toHaveURL(/age=6/);
  const now = new Date();
  const since = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 6)).toISOString();
  const params = { status: "closed", body: "wrenshire-highways", since, limit: 100 };
  const { items } = (await (await page.request.get("/api/v1/reports", { params })).json()) as { items: Summary[] };
  const titles = items.map(({ title }) => title).sort();
  expect(titles.length).toBeGreaterThan(0);
  const shown = async (of: Page) => (await of.getByRole("article").getByRole("heading").allTextContents()).sort();
  await expect.poll(() => shown(page)).toEqual(titles);
  await expect.poll(() => counted(page)).toBe(titles.length);

  const other = await anotherBrowser();
  await other.goto(page.url());
  await expect(other.getByRole("combobox", { name: "Sent to" })).toHaveValue("wrenshire-highways");
  await expect(other.getByRole("combobox", { name: "Reported" })).toHaveValue("6");
  await expect.poll(() => shown(other)).toEqual(titles);
  await expect.poll(() => counted(other)).toBe(titles.length);

  await other.goto("/map?lon=-4.8969&lat=51.3014&zoom=12&status=investigating&age=7&body=new%20port&category=potholes");
  await expect(other.getByRole("combobox", { name: "Status" })).toHaveValue("");
  await expect(other.getByRole("combobox", { name: "Category" })).toHaveValue("potholes");
  await expect(marks(other).first()).toBeVisible();
  await other.goto("/map?lon=-4.8969&lat=51.3014&zoom=12&status=fixed,closed");
  await expect(other.getByRole("combobox", { name: "Status" }).locator("option:checked")).toHaveText("Fixed or Closed");
  await expect(marks(other).first()).toBeVisible();
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
  let lost = "";
  await page.route(TILES, (route, request) => {
    lost ||= request.url();
    return request.url() === lost ? route.fulfill({ status: 503, body: "" }) : route.continue();
  });
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=14");
  const missing = page.getByText("Some reports could not be put on the map.");
  await expect(missing).toBeVisible();
  await page.waitForTimeout(1_000);
  await expect(missing).toBeVisible();
  await page.unroute(TILES);
  await page.getByRole("application", { name: /^Map\./ }).press("ArrowRight");
  await expect(missing).toHaveCount(0);
});
