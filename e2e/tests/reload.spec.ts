import type { Route } from "@playwright/test";

import { signIn } from "../harness/people.ts";
import { draw } from "../harness/pictures.ts";
import { ReportForm } from "../harness/report-form.ts";
import { expect, test } from "../harness/test.ts";

test("a reload in the middle of every step keeps every typed word and the photos", async ({ page, word, address }) => {
  const form = new ReportForm(page);
  await form.open();
  await form.choosePlace("Barge Close");
  await page.reload();
  await form.placeIs("Barge Close");
  await form.next();

  await form.isAt("what");
  await form.chooseCategory("Fly-tipping");
  await page.reload();
  await expect(page.getByRole("radio", { name: /^Fly-tipping/ })).toBeChecked();
  await form.nextPastSimilar();

  await form.describe(`Sofa ${word}`, "Line one\nline two");
  await page.getByLabel("When did you first see it? (optional)").fill("2026-11-20T08:30");
  await page.getByRole("textbox", { name: "What has been dumped? (optional)" }).fill("A sofa & <b>two</b> chairs");
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Sum up the problem in a few words" })).toHaveValue(`Sofa ${word}`);
  await expect(page.getByRole("textbox", { name: "Describe the problem" })).toHaveValue("Line one\nline two");
  await expect(page.getByLabel("When did you first see it? (optional)")).toHaveValue("2026-11-20T08:30");
  await expect(page.getByRole("textbox", { name: "What has been dumped? (optional)" })).toHaveValue(
    "A sofa & <b>two</b> chairs",
  );
  await form.nextToPhotos();
  await form.addPhotos([await draw(page, 11), await draw(page, 12)]);
  await page.reload();
  await expect(form.photos()).toHaveCount(2);
  await form.next();

  await form.isAt("who");
  await form.introduce("A resident", address("reload"));
  await page.getByRole("textbox", { name: "Your telephone number (optional)" }).fill("01632 960002");
  await page.getByRole("checkbox", { name: "Do not show my name on the site" }).check();
  await page.reload();
  await expect(page.getByRole("textbox", { name: "Your name" })).toHaveValue("A resident");
  await expect(page.getByRole("textbox", { name: "Your e-mail address" })).toHaveValue(address("reload"));
  await expect(page.getByRole("textbox", { name: "Your telephone number (optional)" })).toHaveValue("01632 960002");
  await expect(page.getByRole("checkbox", { name: "Do not show my name on the site" })).toBeChecked();
  await form.next();

  await form.isAt("check");
  await page.reload();
  await form.isAt("check");
  const summary = page.getByRole("main");
  for (const text of ["Near Barge Close", "Fly-tipping", `Sofa ${word}`, "A sofa & <b>two</b> chairs", "20 November 2026"]) {
    await expect(summary).toContainText(text);
  }
  await expect(form.photos()).toHaveCount(2);
  await page.getByRole("link", { name: "Change: Summary" }).click();
  await form.isAt("details");
  await expect(page.getByRole("textbox", { name: "Sum up the problem in a few words" })).toHaveValue(`Sofa ${word}`);
});

test("back and forward go through the steps, and the front page offers to go on with what was begun", async ({ page }) => {
  const form = new ReportForm(page);
  await form.toDetails("Friary Walk", "Road signs");
  await form.describe("Sign down", "It lies in the hedge.");
  await form.nextToPhotos();
  await page.getByRole("link", { name: "Back", exact: true }).click();
  await form.isAt("details");
  await expect(page.getByRole("textbox", { name: "Describe the problem" })).toHaveValue("It lies in the hedge.");
  await page.goBack();
  await form.isAt("photos");
  await page.goForward();
  await form.isAt("details");
  await page.goto("/");
  await page.getByRole("link", { name: "Continue with it" }).click();
  await form.isAt("where");
  await form.placeIs("Friary Walk");
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Start again" }).click();
  await expect(page.getByText("Chosen place")).toHaveCount(0);
  await page.reload();
  await form.isAt("where");
  await expect(page.getByText("Chosen place")).toHaveCount(0);
});

test("a link into the middle of an empty form begins where the answers end", async ({ page }) => {
  const form = new ReportForm(page);
  await page.goto("/report/new?step=check");
  await form.isAt("where");
});

test("signing in on the way keeps the report, and it is published at once", async ({ page, word }) => {
  const form = new ReportForm(page);
  await form.toDetails("Clover Way", "Road signs");
  await form.describe(`Arrow points up ${word}`, "It should point left.");
  await form.nextToPhotos();
  await form.addPhotos([await draw(page, 21)]);
  await form.next();
  await form.isAt("who");
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await signIn(page, "resident@example.org");
  await form.isAt("check");
  await expect(page.getByText("You are signed in as resident@example.org.")).toBeVisible();
  await expect(page.getByText("It should point left.")).toBeVisible();
  await expect(form.photos()).toHaveCount(1);
  await page.getByRole("button", { name: "Send report" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Arrow points up ${word}` })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Photo 1 of 1/ })).toBeVisible();
  // Sent: nothing waits any more, and the session is still there after a reload.
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(page.getByText("You have begun a report")).toHaveCount(0);
  await expect(page.getByRole("link", { name: "My reports" })).toBeVisible();
});

test("without a connection nothing is lost, and sending again sends once", async ({ page, watch, mailbox, word, address }) => {
  const email = address("offline");
  const form = new ReportForm(page);
  await form.toDetails("Barge Avenue", "Trees");
  await form.describe(`Hedge ${word}`, "Grown over the path.");
  await form.nextToPhotos();
  await form.next();
  await form.introduce("A resident", email);
  await form.next();
  await form.isAt("check");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Send report" }).click();
  await expect(page.getByRole("alert")).toContainText("You seem to be offline");
  await expect(page.getByText("Grown over the path.")).toBeVisible();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Send report" }).click();
  await form.isAt("sent");
  await mailbox.one(email, /^Confirm your report/);
  // The browser itself says on the console that it was offline.
  watch.troubles.splice(0, watch.troubles.length, ...watch.troubles.filter((text) => !text.includes("ERR_INTERNET_DISCONNECTED")));
});

test("a draft of an update survives a reload", async ({ page }) => {
  await page.goto("/reports/2");
  const update = page.getByRole("textbox", { name: "Your update" });
  await update.fill("Half a sentence");
  await page.reload();
  await expect(update).toHaveValue("Half a sentence");
});

test("a report changed after its answer got lost is not stuck: the form says that one arrived, and sends the other", async ({
  page,
  watch,
  mailbox,
  word,
  address,
}) => {
  watch.expectAnswer(/^503 POST \/api\/v1\/reports$/);
  watch.expectAnswer(/^422 POST \/api\/v1\/reports$/);
  const email = address("lost");
  const form = new ReportForm(page);
  await form.toDetails("Barge Avenue", "Trees");
  await form.describe(`Root ${word}`, "It lifts the slabs.");
  await form.nextToPhotos();
  await form.next();
  await form.introduce("A resident", email);
  await form.next();
  await form.isAt("check");
  const lose = async (route: Route) => {
    await route.fetch();
    await route.fulfill({ status: 503, json: { error: { code: "unavailable", message: "", reference: "" } } });
  };
  // The app sends it three times by itself before it says so.
  await page.route("**/api/v1/reports", lose, { times: 3 });
  const send = page.getByRole("button", { name: "Send report" });
  await send.click();
  await expect(page.getByRole("alert")).toContainText("The service is busy.");
  await page.getByRole("link", { name: "Change: Name", exact: true }).click();
  await form.isAt("who");
  await page.getByRole("textbox", { name: "Your name" }).fill("Another name");
  await form.next();
  await form.isAt("check");
  await send.click();
  await expect(page.getByRole("alert")).toContainText("An earlier version of this report arrived already");
  await send.click();
  await form.isAt("sent");
  await expect.poll(async () => (await mailbox.to(email, /^Confirm your report/)).length, { timeout: 30_000 }).toBe(2);
});

test("two tabs have one draft, and photos that are too old are asked for again", async ({ page }) => {
  const form = new ReportForm(page);
  await form.toDetails("Ferry Lane", "Trees");
  const tab = await page.context().newPage();
  const other = new ReportForm(tab);
  await tab.goto("/report/new?step=details");
  await other.isAt("details");
  await form.describe("Branch", "It hangs.");
  await expect(tab.getByRole("textbox", { name: "Describe the problem" })).toHaveValue("It hangs.");
  await other.describe("Branch", "It hangs low.");
  await expect(page.getByRole("textbox", { name: "Describe the problem" })).toHaveValue("It hangs low.");
  await tab.close();
  await form.nextToPhotos();
  await form.addPhotos([await draw(page, 41)]);
  await page.evaluate(() => {
    const draft = JSON.parse(localStorage.getItem("mendmap.draft") ?? "") as { photos: { list: { uploaded_at: number }[] } };
    for (const photo of draft.photos.list) photo.uploaded_at -= 25 * 60 * 60 * 1000;
    localStorage.setItem("mendmap.draft", JSON.stringify(draft));
  });
  await page.reload();
  await expect(page.getByText("Photos that you added more than a day ago are not kept any more.")).toBeVisible();
  await expect(form.photos()).toHaveCount(0);
});

test("what can be reported is asked for again after a failure, and the focus stays on the page", async ({ page, watch }) => {
  watch.expectAnswer(/^503 GET \/api\/v1\/categories/);
  const form = new ReportForm(page);
  const fail = (route: Route) =>
    route.fulfill({ status: 503, json: { error: { code: "unavailable", message: "", reference: "" } } });
  // Twice for the person: each time the app asks three times by itself.
  await page.route(/\/api\/v1\/categories\?/, fail, { times: 6 });
  await page.goto("/report/new?lon=-4.8969&lat=51.3014");
  await form.isAt("what");
  const again = page.getByRole("button", { name: "Try again" });
  await again.click();
  await expect(again).toBeFocused();
  await again.click();
  await expect(page.getByRole("radio").first()).toBeVisible();
  await expect(form.heading("what")).toBeFocused();
});
