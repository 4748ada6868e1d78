import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { fitsTheWindow, settled } from "../harness/inspect.ts";
import { expect, test as base } from "../harness/test.ts";

interface Stats {
  total: { reported: number; open: number; fixed: number; closed: number };
  categories: { category: { name: string } }[];
}

interface Fixtures {
  /** Looks at the page as it stands: it fits the window, and axe finds nothing. */
  look: () => Promise<void>;
  /** The same figures as the API has them. */
  figures: (query: string) => Promise<Stats>;
}

const test = base.extend<Fixtures>({
  look: async ({ page, checkAccessibility }, use) => {
    await use(async () => {
      await settled(page);
      await fitsTheWindow(page);
      await checkAccessibility();
    });
  },
  figures: async ({ page }, use) => {
    await use(async (query) => {
      const answer = await page.request.get(`/api/v1/stats/reports${query}`);
      expect(answer.ok()).toBe(true);
      return (await answer.json()) as Stats;
    });
  },
});

/** The number that stands out under this name. */
const fact = (page: Page, name: string) =>
  page.getByRole("region", { name: "Figures" }).getByRole("term").filter({ hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd");

const show = (page: Page) => page.getByRole("button", { name: "Show figures" });

test("figures stand there as numbers and as plots", async ({ page, look, figures }) => {
  // The plots and tables have many parts, and each is judged twice.
  test.slow();
  await page.goto("/about");
  await page.getByRole("contentinfo").getByRole("link", { name: "Analyse reports" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Analyse reports" })).toBeFocused();
  const all = await figures("");
  await expect(fact(page, "Reported")).toHaveText(`${all.total.reported.toLocaleString("en-GB")} reports`);
  await expect(fact(page, "Closed, not fixed")).toHaveText(String(all.total.closed));
  const plots = page.getByRole("img", { name: /chart of/ });
  await expect(plots).toHaveCount(2);
  for (const plot of await plots.all()) await expect(plot.locator("svg path, svg line").first()).toBeAttached();
  await look();
});

test("every plot is a table, too", async ({ page, look, figures }) => {
  // The plots and tables have many parts, and each is judged twice.
  test.slow();
  await page.goto("/analysis");
  const all = await figures("");
  await expect(page.getByText("The same as a table")).toHaveCount(2);
  for (const summary of await page.getByText("The same as a table").all()) await summary.click();
  const made = page.getByRole("table", { name: /^Reports made, by/ });
  const column = await made.locator("tbody tr td:first-of-type").allTextContents();
  expect(column.reduce((sum, text) => sum + Number(text.replaceAll(",", "")), 0)).toBe(all.total.reported);
  const kinds = page.getByRole("table", { name: "By category" });
  await expect(kinds.locator("tbody tr")).toHaveCount(all.categories.length);
  await look();
});

test("a choice stands in the address, for reloading, sharing and the back button", async ({ page, figures }) => {
  await page.goto("/analysis");
  const all = await figures("");
  await expect(page.getByRole("combobox", { name: "Category" }).getByRole("option").nth(1)).toBeAttached();
  await page.getByRole("combobox", { name: "Category" }).selectOption("potholes");
  await page.getByRole("combobox", { name: "Status now" }).selectOption({ label: "Fixed" });
  await show(page).click();
  await expect(page).toHaveURL(/\/analysis\?category=potholes&status=fixed$/);
  const some = await figures("?category=potholes&status=fixed");
  expect(some.total.reported).toBeLessThan(all.total.reported);
  await expect(fact(page, "Reported")).toHaveText(new RegExp(`^${some.total.reported} reports?$`));
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Category" })).toHaveValue("potholes");
  await expect(fact(page, "Reported")).toHaveText(new RegExp(`^${some.total.reported} reports?$`));
  await page.goBack();
  await expect(fact(page, "Reported")).toHaveText(`${all.total.reported.toLocaleString("en-GB")} reports`);
});

test("an area is chosen by name, drawn on the map, drawn by keyboard at its cross, or typed", async ({ page, look, figures }) => {
  await page.goto("/analysis");
  const areas = page.getByRole("combobox", { name: "Area" });
  await expect(areas.getByRole("option").nth(1)).toBeAttached();
  await areas.selectOption({ index: 2 });
  const area = await areas.inputValue();
  await show(page).click();
  await expect(page).toHaveURL(new RegExp(`area=${area}$`));
  const inArea = await figures(`?area=${area}`);
  await expect(fact(page, "Reported")).toHaveText(new RegExp(`^${inArea.total.reported} reports?$`));
  await page.getByRole("link", { name: "Start again" }).click();
  await expect(page).toHaveURL(/\/analysis$/);

  const map = page.getByRole("application", { name: /^Map to draw an area on/ });
  await map.scrollIntoViewIfNeeded();
  const corners = page.getByRole("textbox", { name: /^Corners of the area/ });
  await map.click({ position: { x: 40, y: 60 } });
  await map.click({ position: { x: 150, y: 60 } });
  await map.click({ position: { x: 150, y: 220 } });
  await expect(page.getByText("3 corners")).toBeVisible();
  await expect(page.locator(".map-outline__area")).toHaveAttribute("points", /^\d+,\d+ \d+,\d+ \d+,\d+$/);
  expect((await corners.inputValue()).split("\n")).toHaveLength(3);
  await page.getByRole("button", { name: "Remove all corners" }).click();
  await expect(corners).toHaveValue("");

  // By keyboard: the map is moved under its cross.
  await map.focus();
  const add = page.getByRole("button", { name: "Add a corner at the cross" });
  for (const key of ["ArrowLeft", "ArrowUp", "ArrowRight"]) {
    await map.focus();
    for (let n = 0; n < 2; n += 1) await page.keyboard.press(key);
    await page.waitForTimeout(400);
    await add.focus();
    await page.keyboard.press("Enter");
  }
  await expect(page.getByText("3 corners")).toBeVisible();
  const lines = (await corners.inputValue()).split("\n");
  expect(new Set(lines).size).toBe(3);
  await page.getByRole("button", { name: "Remove the last corner" }).click();
  await expect(corners).toHaveValue(lines.slice(0, 2).join("\n"));

  // The middle of the borough, as a box.
  await corners.fill("51.29, -4.91\n51.29, -4.88\n51.31, -4.88\n51.31, -4.91\n");
  await corners.press("Tab");
  await show(page).press("Enter");
  await expect(page).toHaveURL(/polygon=POLYGON/);
  const inBox = await figures("?bbox=-4.91,51.29,-4.88,51.31");
  expect(inBox.total.reported).toBeGreaterThan(0);
  await expect(fact(page, "Reported")).toHaveText(new RegExp(`^${inBox.total.reported} reports?$`));
  await page.reload();
  await expect(corners).toHaveValue("51.29000, -4.91000\n51.29000, -4.88000\n51.31000, -4.88000\n51.31000, -4.91000");
  await look();
});

test("where nothing matches it says so, and what is wrong is said and not lost", async ({ page, look, watch }) => {
  await page.goto("/analysis?q=nothing-has-these-words");
  await expect(page.getByText("There are no reports like that.")).toBeVisible();
  await look();
  await page.getByLabel("Reported from").fill("2026-05-02");
  await page.getByLabel("Reported until").fill("2026-05-01");
  const corners = page.getByRole("textbox", { name: /^Corners of the area/ });
  await corners.fill("51.3, -4.9\nby the church\n51.31, -4.88");
  await show(page).click();
  const summary = page.getByRole("alert").filter({ hasText: "There is a problem" });
  await expect(summary).toBeFocused();
  await expect(summary).toContainText("This is before the first day");
  await expect(summary).toContainText("Line 2 is no place");
  await expect(corners).toHaveValue("51.3, -4.9\nby the church\n51.31, -4.88");
  await expect(page.getByLabel("Reported until")).toHaveValue("2026-05-01");
  await expect(page).toHaveURL(/\?q=nothing-has-these-words$/);
  await look();
  await page.getByRole("link", { name: /Line 2/ }).click();
  await expect(corners).toBeFocused();
  await corners.fill("51.3, -4.9\n51.31, -4.88");
  await page.getByLabel("Reported until").fill("2026-05-03");
  await show(page).click();
  await expect(summary).toContainText("An area needs at least three corners");

  // Sides that cross are known to the server alone.
  watch.expectAnswer(/^400 GET \/api\/v1\/stats\/reports/);
  await corners.fill("51.29, -4.91\n51.31, -4.88\n51.31, -4.91\n51.29, -4.88");
  await show(page).click();
  await expect(page.getByText("its sides must not cross each other")).toBeVisible();
  await expect(corners).toHaveValue(/^51\.29000, -4\.91000\n/);
});

test("the data of exactly this selection can be taken along", async ({ page, figures }) => {
  await page.goto("/analysis?body=wrenmouth&category=potholes&status=open&from=2020-01-01&to=2030-12-31");
  const query = "?body=wrenmouth&category=potholes&status=open&since=2020-01-01T00%3A00%3A00Z&until=2031-01-01T00%3A00%3A00Z";
  for (const [name, path] of [
    ["CSV for spreadsheets", "/api/v1/exports/reports.csv"],
    ["GeoPackage", "/api/v1/exports/reports.gpkg"],
    ["FlatGeobuf", "/api/v1/exports/reports.fgb"],
    ["GeoJSON", "/api/v1/reports.geojson"],
    ["GeoJSON, one on each line", "/api/v1/reports.geojsonl"],
    ["Feed of the newest (Atom with places)", "/feeds/reports.atom"],
  ] as const) {
    await expect(page.getByRole("link", { name, exact: true })).toHaveAttribute("href", `${path}${query}`);
  }
  const feed = await (await page.request.get(`/feeds/reports.atom${query}`)).text();
  const some = await figures(query);
  expect(feed.split("<entry>").length - 1).toBe(Math.min(some.total.reported, 50));
  const { origin } = new URL(page.url());
  await expect(page.getByLabel(/^QGIS/)).toHaveValue(`${origin}/api/v1/reports.geojson${query}`);
  await expect(page.getByLabel("curl")).toHaveValue(`curl --compressed --fail --output reports.geojson '${origin}/api/v1/reports.geojson${query}'`);
  await expect(page.getByLabel(/^GDAL/)).toHaveValue(
    `ogr2ogr -f GPKG reports.gpkg -oo PAGE_SIZE=1000 "OAPIF:${origin}/ogc/" reports -where "(body = 'wrenmouth' OR body LIKE 'wrenmouth,%' OR body LIKE '%,wrenmouth' OR body LIKE '%,wrenmouth,%')` +
      ` AND (category = 'potholes' OR \\"group\\" = 'potholes') AND status_group = 'open' AND reported >= '2020-01-01T00:00:00Z' AND reported <= '2030-12-31T23:59:59Z'"`,
  );
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: /^Copy\b.*curl$/ }).click();
  await expect(page.getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("curl --compressed");
});

test("a small file is saved at once, and the focus stays at its link", async ({ page, figures }) => {
  const query = "?body=wrenmouth&status=fixed";
  await page.goto(`/analysis${query}`);
  const some = await figures(query);
  expect(some.total.reported).toBeGreaterThan(0);
  const csv = page.getByRole("link", { name: "CSV for spreadsheets", exact: true });
  await csv.focus();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  expect(download.suggestedFilename()).toBe("reports.csv");
  const [head, ...rows] = (await readFile(await download.path(), "utf8")).trim().split(/\r?\n(?=\d+,)/);
  expect(head).toMatch(/^\W?id,/);
  expect(rows).toHaveLength(some.total.reported);
  await expect(page.getByText("Your browser has the file, and saves it.")).toBeVisible();
  await expect(csv).toBeFocused();
  await expect(page).toHaveURL(new RegExp(`/analysis\\${query}$`));
});

test("a large file is made while the page says how far it is, and is saved from there", async ({ page, look, watch }) => {
  // The plots and tables have many parts, and each is judged twice.
  test.slow();
  watch.expectAnswer(/^429 GET \/api\/v1\/exports\/reports\.gpkg/);
  const at = "/api/v1/exports/01990000-0000-7000-8000-000000000000";
  const moments = { created_at: "2026-05-01T10:00:00Z", expires_at: "2026-05-02T10:00:00Z" };
  const made = { id: at.slice(at.lastIndexOf("/") + 1), format: "gpkg", state: "waiting", rows: 0, ...moments };
  // A real one of few reports: what is large takes the demo too long.
  const file = "/api/v1/exports/reports.gpkg?category=potholes";
  let now: object = made;
  let looks = 0;
  await page.route(/\/exports\/reports\.gpkg\?body=wrenmouth$/, (route) =>
    route.fulfill({ status: 202, headers: { location: at, "retry-after": "2", "cache-control": "no-store" }, json: made }),
  );
  await page.route(`**${at}`, (route) => {
    looks += 1;
    return route.fulfill({ json: now, headers: { "cache-control": "no-store" } });
  });
  await page.goto("/analysis?body=wrenmouth");
  const item = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "GeoPackage", exact: true }) });
  const link = item.getByRole("link", { name: "GeoPackage", exact: true });
  await link.click();
  await expect(item.getByRole("status")).toHaveText("Waiting for its turn…");
  await expect(link).toHaveAttribute("aria-disabled", "true");
  await expect(page).toHaveURL(/\/analysis\?body=wrenmouth$/);
  now = { ...made, state: "making", rows: 3000, total: 20000 };
  await expect(item.getByRole("status")).toHaveText("3,000 of 20,000 reports are written…");
  now = { ...made, state: "ready", rows: 20000, total: 20000, bytes: 1, sha256: "00", file };
  await expect(item.getByRole("status")).toContainText("The file is ready: 20,000 reports.");
  await expect(link).toBeFocused();
  await look();
  const seen = looks;
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    item.getByRole("link", { name: /^Save the file\b.*GeoPackage$/ }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("reports.gpkg");
  expect((await readFile(await download.path())).subarray(0, 15).toString()).toBe("SQLite format 3");

  // What is ready is of this selection alone, and what goes wrong is said where it was asked for.
  await page.unroute(/\/exports\/reports\.gpkg\?body=wrenmouth$/);
  await page.getByRole("link", { name: "Start again" }).click();
  await expect(page.getByRole("link", { name: /^Save the file/ })).toHaveCount(0);
  await page.route(/\/exports\/reports\.gpkg$/, (route) =>
    route.fulfill({ status: 429, json: { error: { code: "rate_limited", message: "", reference: "" } } }),
  );
  await link.click();
  await expect(item.getByRole("alert")).toContainText("This file could not be made");
  await expect(item.getByRole("alert")).toContainText("That was a lot in a short time.");
  await expect(link).toBeFocused();
  await look();
  expect(looks, "nobody asks any more how far it is").toBe(seen);
});

test("a body's page keeps what was closed apart from what was fixed, for any time", async ({ page, look, watch }) => {
  watch.expectAnswer(/^404 GET \/api\/v1\/stats\/bodies\/nobody/);
  const listed = await page.request.get("/api/v1/reports?body=wrenmouth&limit=1");
  const { items } = (await listed.json()) as { items: { id: number }[] };
  await page.goto(`/reports/${items[0]?.id}`);
  await page.getByRole("definition").getByRole("link", { name: /^Wrenmouth/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^How Wrenmouth .* does$/ })).toBeVisible();
  const stats = async (query: string) => {
    const answer = await page.request.get(`/api/v1/stats/bodies/wrenmouth${query}`);
    return (await answer.json()) as { made: Stats; open_now: number };
  };
  const { made, open_now } = await stats("");
  expect(made.total.closed).toBeGreaterThan(0);
  const number = (name: string) => page.getByRole("term").filter({ hasText: new RegExp(`^${name}$`) }).locator("xpath=following-sibling::dd").first();
  await expect(number("Closed, not fixed")).toHaveText(String(made.total.closed));
  await expect(number("Fixed")).toHaveText(String(made.total.fixed));
  await expect(number("Open now, of any time")).toHaveText(String(open_now));
  await expect(page.getByRole("heading", { name: "Ended without being fixed. Why:" })).toBeVisible();
  await expect(page.getByRole("img", { name: /chart of/ }).first()).toBeVisible();
  await look();
  await page.getByRole("combobox", { name: "Reports of" }).selectOption({ label: "The last 3 months" });
  await expect(page).toHaveURL(/months=3$/);
  await expect(number("Reported")).not.toHaveText(`${made.total.reported} reports`);
  await page.goto("/bodies/nobody");
  await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
});
