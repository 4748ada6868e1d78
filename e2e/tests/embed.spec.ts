import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect, test as base } from "../harness/test.ts";

interface Fixtures {
  /** Opens a page of another site that shows this address in a frame. */
  framed: (src: string) => Promise<string>;
}

const test = base.extend<Fixtures>({
  framed: async ({ page, watch }, use) => {
    let shown = "";
    // A real one: browsers let no page of the internet show a server of this machine.
    const council = createServer((_, answer) => {
      answer.setHeader("content-type", "text/html");
      answer.end(
        `<!doctype html><html lang="en"><title>Streets</title><link rel="icon" href="data:,"><h1>Our streets</h1><iframe title="Map of reports" src="${shown}" width="640" height="560"></iframe></html>`,
      );
    });
    await new Promise<void>((listens) => council.listen(0, "127.0.0.1", listens));
    const address = `http://127.0.0.1:${(council.address() as AddressInfo).port}`;
    watch.expectOrigin(address);
    await use(async (src) => {
      shown = src.replaceAll("&", "&amp;");
      await page.goto(`${address}/streets`);
      return page.url();
    });
    council.closeAllConnections();
    await new Promise((closed) => council.close(closed));
  },
});

test("a council's own site shows the map, whose links open elsewhere, without cookies", async ({ page, context, baseURL, framed }) => {
  const cookies: string[] = [];
  page.on("response", async (answer) => {
    const header = await answer.headerValue("set-cookie").catch(() => null);
    if (header) cookies.push(`${answer.url()} ${header}`);
  });
  const council = await framed(`${baseURL}/embed/map?status=open&body=wrenmouth`);
  const frame = page.frameLocator("iframe");
  const card = frame.getByRole("article").first();
  await expect(card).toBeVisible();
  await expect(frame.getByRole("banner")).toHaveCount(0);
  await expect(frame.getByRole("contentinfo")).toBeHidden();
  await expect(frame.getByRole("combobox")).toHaveCount(0);
  await expect(frame.getByRole("application", { name: /^Map\./ })).toBeVisible();
  // Its list has what the address asks for and nothing else, though there is more.
  interface Listed {
    status_group: string;
    bodies: { slug: string }[];
  }
  const ask = async <T>(path: string) => (await (await page.request.get(`${baseURL}/api/v1/reports${path}`)).json()) as T;
  const isAskedFor = ({ status_group, bodies }: Listed) => status_group === "open" && bodies.some(({ slug }) => slug === "wrenmouth");
  const addresses = await frame.locator(".card__title a").evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  expect(addresses.length).toBeGreaterThan(0);
  for (const address of addresses) {
    expect(address).toMatch(/^\/reports\/\d+$/);
    const report = await ask<Listed>(address.replace("/reports", ""));
    expect(isAskedFor(report), `${address} is open and went to Wrenmouth`).toBe(true);
  }
  for (const other of ["status=fixed", "body=wrenshire-highways"]) {
    const { items } = await ask<{ items: Listed[] }>(`?${other}&limit=100`);
    expect(items.some((report) => !isAskedFor(report)), `there are reports with ${other}`).toBe(true);
  }
  // A report is selected in place, and its page opens in a tab of its own.
  await frame.getByRole("button", { name: "Show on the map" }).first().click();
  const selected = frame.getByRole("region", { name: "Selected report" });
  await expect(selected.getByRole("article")).toBeVisible();
  const [tab] = await Promise.all([context.waitForEvent("page"), selected.getByRole("article").getByRole("link").first().click()]);
  await expect(tab).toHaveURL(/\/reports\/\d+$/);
  await tab.close();
  const [whole] = await Promise.all([context.waitForEvent("page"), frame.getByRole("link", { name: "Open the whole map" }).click()]);
  await expect(whole).toHaveURL(/\/map\?.*status=open&body=wrenmouth/);
  await whole.close();
  await expect(frame.getByRole("article").first()).toBeVisible();
  expect(page.url()).toBe(council);
  expect(cookies).toEqual([]);
  expect(await context.cookies()).toEqual([]);
});

test("no other page of ours is shown within another site's", async ({ page, baseURL, watch, framed }) => {
  watch.expectConsole(/frame-ancestors|X-Frame-Options|Refused to (frame|display)/);
  for (const path of ["/map", "/", "/embed/other", "/sign-in"]) {
    await framed(`${baseURL}${path}`);
    await expect(page.frameLocator("iframe").getByRole("main")).toHaveCount(0);
  }
});

test("the map for other sites is accessible, and no heavier than the map's own page", async ({ page, checkAccessibility }) => {
  const weight = async (path: string) => {
    await page.goto(path);
    await expect(page.getByRole("article").first()).toBeVisible();
    return page.evaluate(() =>
      [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .map((entry) => entry as PerformanceResourceTiming)
        .filter(({ name }) => !/\/(api|photos)\//.test(new URL(name).pathname))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    );
  };
  const own = await weight("/map");
  await page.context().clearCookies();
  const embedded = await weight("/embed/map");
  expect(own).toBeGreaterThan(100_000);
  expect(embedded).toBeLessThanOrEqual(own);
  await checkAccessibility();
  await expect(page.getByRole("link", { name: "Report a problem at the cross" })).toBeVisible();
});
