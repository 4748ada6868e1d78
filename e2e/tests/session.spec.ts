import { linkIn } from "../harness/mail.ts";
import { becomeAuthor, openLink, postReport } from "../harness/people.ts";
import { expect, test } from "../harness/test.ts";

test("an access token that ran out is renewed once, and the press goes through once", async ({
  page,
  watch,
  mailbox,
  word,
  address,
}) => {
  watch.expectAnswer(/^401 POST \/api\/v1\/reports\/\d+\/updates$/);
  const id = await becomeAuthor(page, mailbox, `Tree leans ${word}`, address("author"));
  await page.getByRole("link", { name: "Go to the report" }).click();
  const update = page.getByRole("region", { name: "Write an update" });
  await expect(update).toBeVisible();

  let refreshes = 0;
  page.on("request", (request) => {
    if (request.url().endsWith("/api/v1/auth/sessions/refresh")) refreshes += 1;
  });
  let spent = false;
  await page.route(`**/api/v1/reports/${id}/updates`, async (route, request) => {
    if (spent || request.method() !== "POST") return route.continue();
    spent = true;
    // To the API, a token that ran out is as wrong as this one.
    return route.continue({ headers: { ...request.headers(), authorization: "Bearer spent" } });
  });
  await update.getByRole("textbox", { name: "Your update" }).fill(`It leans more ${word}`);
  await update.getByRole("button", { name: "Publish update" }).click();
  const story = page.getByRole("region", { name: "What happened so far" });
  await expect(story.getByText(`It leans more ${word}`)).toHaveCount(1);
  expect(spent).toBe(true);
  expect(refreshes).toBe(1);
});

test("a session changed in another tab shows in this one", async ({ page, context, mailbox, word, address }) => {
  await becomeAuthor(page, mailbox, `Tree one ${word}`, address("one"));
  await page.goto("/account");
  await expect(page.getByRole("main")).toContainText(address("one"));
  await postReport(page.request, `Tree two ${word}`, address("two"));
  const tab = await context.newPage();
  await openLink(tab, linkIn(await mailbox.one(address("two"), /^Confirm your report/), "confirm"));
  await expect(tab.getByRole("heading", { level: 1, name: "Thank you. Your report is published" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText(address("two"));
  await tab.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByText("Please sign in to see this page.")).toBeVisible();
});

test("an outage at the start signs nobody out for good", async ({ page, watch, mailbox, word, address }) => {
  watch.expectAnswer(/^503 POST \/api\/v1\/auth\/sessions\/refresh$/);
  await becomeAuthor(page, mailbox, `Tree three ${word}`, address("three"));
  const busy = { status: 503, json: { error: { code: "unavailable", message: "", reference: "" } } };
  await page.route("**/api/v1/auth/sessions/refresh", (route) => route.fulfill(busy), { times: 1 });
  await page.goto("/about");
  const menu = page.getByRole("navigation", { name: "Main" });
  await expect(menu.getByRole("link", { name: "Sign in" })).toBeVisible();
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(menu.getByRole("link", { name: "My reports" })).toBeVisible();
});
