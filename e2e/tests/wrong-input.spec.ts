import type { Page } from "@playwright/test";

import { linkIn } from "../harness/mail.ts";
import { openLink, signIn } from "../harness/people.ts";
import { cutOff, draw, GIF_CALLED_JPEG } from "../harness/pictures.ts";
import { ReportForm } from "../harness/report-form.ts";
import { expect, test } from "../harness/test.ts";

/** The error summary has the focus and says these things, each a link to its field. */
async function summarySays(page: Page, ...messages: RegExp[]): Promise<void> {
  const summary = page.getByRole("alert").filter({ has: page.getByRole("heading", { name: "There is a problem" }) });
  await expect(summary).toBeFocused();
  await expect(summary.getByRole("listitem")).toHaveCount(messages.length);
  for (const message of messages) await expect(summary.getByRole("link", { name: message }).first()).toBeVisible();
}

test("an empty form says what is missing at every step, and leads there", async ({ page }) => {
  const form = new ReportForm(page);
  await form.open();
  await form.next();
  await summarySays(page, /Choose where the problem is/);
  await page.getByRole("link", { name: /Choose where the problem is/ }).click();
  await expect(page.getByRole("combobox", { name: "Search for a street, postcode or place" })).toBeFocused();
  await form.choosePlace("Cloister Way");
  await expect(page.getByRole("heading", { name: "There is a problem" })).toHaveCount(0);
  await form.next();

  await form.isAt("what");
  await expect(page.getByRole("radio").first()).toBeVisible();
  await form.next();
  await summarySays(page, /Choose what the problem is/);
  await page.getByRole("link", { name: /Choose what the problem is/ }).click();
  await expect(page.getByRole("radio").first()).toBeFocused();
  await form.chooseCategory("Street lights");
  await form.nextPastSimilar();

  await form.next();
  await summarySays(page, /This is needed/, /This is needed/, /This is needed/);
  const title = page.getByRole("textbox", { name: "Sum up the problem in a few words" });
  await expect(title).toHaveAccessibleDescription(/Error: This is needed/);
  await expect(title).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("alert").getByRole("link").first().click();
  await expect(title).toBeFocused();
  await title.fill("x".repeat(121));
  await page.getByRole("textbox", { name: "Describe the problem" }).fill("y".repeat(4001));
  await expect(page.getByText("You have 1 character too many")).toBeVisible();
  await page.getByRole("radio", { name: "Flickering" }).check();
  await form.next();
  await summarySays(page, /This is too long/, /This is too long/);
  await title.fill("Lamp flickers");
  await page.getByRole("textbox", { name: "Describe the problem" }).fill("All night long.");
  await form.nextToPhotos();
  await form.next();

  await form.isAt("who");
  await form.introduce("", "not an address");
  await page.getByRole("textbox", { name: "Your telephone number (optional)" }).fill("0".repeat(31));
  await form.next();
  await summarySays(page, /This is needed/, /Enter an e-mail address like name@example.org/, /This is too long/);
});

test("errors stay with their step, and the answers of a category with their category", async ({ page }) => {
  const form = new ReportForm(page);
  const back = page.getByRole("link", { name: "Back", exact: true });
  await form.toDetails("Ferry Lane", "Street lights");
  await form.next();
  await summarySays(page, /This is needed/, /This is needed/, /This is needed/);
  await back.click();
  await form.isAt("what");
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.goBack();
  await form.isAt("details");
  await expect(page.getByRole("heading", { name: "There is a problem" })).toHaveCount(0);

  await form.describe("Lamp in the tree", "Its branches hide the light.");
  await page.getByRole("radio", { name: "Flickering" }).check();
  await back.click();
  await form.chooseCategory("Trees");
  await form.nextPastSimilar();
  await expect(page.getByRole("radio", { name: "Flickering" })).toHaveCount(0);
  await form.nextToPhotos();
  await back.click();
  await back.click();
  await form.chooseCategory("Street lights");
  await form.nextPastSimilar();
  await expect(page.getByRole("radio", { name: "Flickering" })).toBeChecked();
});

test("half a date is asked for, and not lost", async ({ page }) => {
  const form = new ReportForm(page);
  await form.toDetails("Goose Gate", "Fly-tipping");
  const seen = page.getByLabel("When did you first see it? (optional)");
  await seen.focus();
  await page.keyboard.type("11112026");
  await form.describe("Sofa", "In the hedge.");
  await form.next();
  await summarySays(page, /Enter a date and a time/);
  await expect(seen).toHaveAttribute("aria-invalid", "true");
  await seen.fill("2026-11-11T08:30");
  await form.nextToPhotos();
});

test("an answer that blocks the report says what to do instead, and there is no way on", async ({ page }) => {
  const form = new ReportForm(page);
  await form.toDetails("Sycamore Walk", "Potholes");
  await form.describe("Hole in the road", "A car could fall in.");
  await page.getByRole("radio", { name: "Yes", exact: true }).check();
  const instead = "This is an emergency. Please phone 999 now, do not report it here.";
  await expect(page.getByRole("alert").filter({ hasText: instead })).toBeVisible();
  await expect(page.getByRole("button", { name: "Continue" })).toHaveCount(0);
  await page.getByRole("radio", { name: "No", exact: true }).check();
  await expect(page.getByRole("button", { name: "Continue" })).toBeVisible();
  await page.getByRole("textbox", { name: /How deep is it/ }).fill("very");
  await form.next();
  await summarySays(page, /Enter a number, like 12 or 3.5/);
});

test("a GIF called .jpg and a picture that is cut off are refused, and six photos are the most", async ({
  page,
  watch,
}) => {
  watch.expectAnswer(/^4\d\d POST \/api\/v1\/photos$/);
  const form = new ReportForm(page);
  await form.toDetails("Ferry Lane", "Trees");
  await form.describe("Branch down", "It lies on the path.");
  await form.nextToPhotos();
  const picture = await draw(page, 1);
  const input = page.getByLabel("Photos", { exact: true });

  await input.setInputFiles(GIF_CALLED_JPEG);
  const refused = page.getByRole("listitem").filter({ hasText: "holiday.jpg:" });
  await expect(refused).toContainText("Please choose a JPEG, PNG or WebP picture.");
  await refused.getByRole("button", { name: "Dismiss" }).click();
  await expect(refused).toHaveCount(0);
  await expect(input).toBeFocused();
  await input.setInputFiles(cutOff(picture));
  await expect(page.getByRole("listitem").filter({ hasText: "cut-off.jpg:" })).toContainText("We cannot read this file.");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await input.setInputFiles({ name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear council") });
  await expect(page.getByRole("listitem").filter({ hasText: "letter.txt:" })).toContainText("We cannot read this file.");
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(form.photos()).toHaveCount(0);

  const seven = [picture];
  for (let seed = 2; seed <= 7; seed += 1) seven.push(await draw(page, seed));
  await form.addPhotos(seven, 6);
  await expect(page.getByRole("alert").getByText("You can add at most 6 photos. The others were left out.")).toBeVisible();
  // Photos stand in the order in which they were chosen: the third is not the first.
  await page.getByRole("button", { name: "Remove photo 3" }).click();
  await expect(form.photos()).toHaveCount(5);
  await input.setInputFiles(picture);
  await expect(page.getByRole("alert").getByText("this picture is among your photos already")).toBeVisible();
  await expect(form.photos()).toHaveCount(5);
  await form.next();
  await form.isAt("who");
});

test("a wrong password says no more than that, and an unknown address says the same", async ({ page, watch, address }) => {
  watch.expectAnswer(/^401 POST \/api\/v1\/auth\/sessions$/);
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await summarySays(page, /This is needed/);
  await signIn(page, "officer@example.org", "not the password");
  const wrong = page.getByRole("alert").getByText("The e-mail address or the password is wrong.");
  await expect(wrong).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toHaveValue("not the password");
  await page.getByRole("button", { name: "Show password" }).click();
  await expect(page.getByRole("textbox", { name: "Password", exact: true })).toHaveAttribute("type", "text");
  await page.getByRole("textbox", { name: "E-mail address" }).fill(address("nobody"));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(wrong).toBeVisible();
});

test("a link that was used, cut short or left out says so, and a sign-in link works once", async ({
  page,
  watch,
  mailbox,
  address,
  anotherBrowser,
}) => {
  watch.expectAnswer(/^4\d\d POST \/api\/v1\/(confirmations|auth\/sessions|unsubscribe)$/);
  await page.goto("/confirm");
  await expect(page.getByText("This page is opened by a link in one of our e-mails.")).toBeVisible();
  await openLink(page, "/confirm#nonsense");
  await expect(page.getByRole("heading", { level: 1, name: "This could not be confirmed" })).toBeVisible();
  await openLink(page, "/unsubscribe#nonsense");
  await page.getByRole("button", { name: "Unsubscribe" }).click();
  await expect(page.getByRole("alert")).toContainText("This link is wrong, was used already, or is too old.");

  const email = address("once");
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "E-mail address" }).fill(email);
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Check your e-mail" })).toBeFocused();
  const link = linkIn(await mailbox.one(email, /^Sign in/), "sign-in");
  const other = await anotherBrowser();
  await openLink(other, link);
  await expect(other.getByRole("heading", { level: 1, name: "My reports" })).toBeVisible();
  await openLink(page, link);
  await expect(page.getByText("This link was used already, or is too old. Please ask for a new one.")).toBeVisible();
  await expect(page.getByRole("button", { name: "E-mail me a link" })).toBeVisible();
});

test("a confirmation reloaded or opened twice raises no alarm", async ({ page, watch, mailbox, word, address }) => {
  watch.expectAnswer(/^4\d\d POST \/api\/v1\/confirmations$/);
  const report = { street: "Elder Way", category: "Trees", title: `Twig ${word}`, detail: "Small.", email: address("twice") };
  await new ReportForm(page).send(report);
  const link = linkIn(await mailbox.one(report.email, /^Confirm your report/), "confirm");
  await openLink(page, link);
  await expect(page.getByRole("heading", { level: 1, name: "Thank you. Your report is published" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: "Confirm by e-mail" })).toBeVisible();
  await openLink(page, link);
  await expect(page.getByText("If you opened it before and it worked, there is nothing else to do.")).toBeVisible();
});

test("unknown pages and reports say so and lead home, and an unconfirmed report is as unknown as none", async ({
  page,
  watch,
  word,
  address,
  mailbox,
}) => {
  watch.expectAnswer(/^404 GET \/api\/v1\/reports\/\d+/);
  for (const path of ["/no/such/page", "/reports/999999", "/reports/hello"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
    await expect(page).toHaveTitle(/Page not found/);
  }
  await page.getByRole("main").getByRole("link", { name: "Go to the front page" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Report a street problem" })).toBeVisible();

  const report = { street: "Lock Walk", category: "Trees", title: `Unseen ${word}`, detail: "Not yet.", email: address("no") };
  const taken = page.waitForResponse((answer) => /\/api\/v1\/reports$/.test(answer.url()) && answer.request().method() === "POST");
  await new ReportForm(page).send(report);
  const { id } = (await (await taken).json()) as { id: number };
  await mailbox.one(report.email, /^Confirm your report/);
  await page.goto(`/reports/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
  const listed = await page.request.get(`/api/v1/reports?q=${word}`);
  expect(((await listed.json()) as { items: unknown[] }).items).toEqual([]);
});

test("an update without words, a name or an address says what is missing; with them it is published by mail", async ({
  page,
  mailbox,
  word,
  address,
}) => {
  // A report of the demo that is open, and not one that another test makes at this moment.
  const open = (await (await page.request.get("/api/v1/reports?status=open&category=trees&limit=100")).json()) as {
    items: { id: number }[];
  };
  await page.goto(`/reports/${Math.min(...open.items.map(({ id }) => id))}`);
  const update = page.getByRole("region", { name: "Write an update" });
  await update.getByRole("button", { name: "Publish update" }).click();
  const summary = update.getByRole("alert").filter({ hasText: "There is a problem" });
  await expect(summary).toBeFocused();
  await expect(summary.getByRole("link")).toHaveCount(3);
  await expect(summary).toContainText("Write what you want to say");

  await update.getByRole("textbox", { name: "Your update" }).fill(`Still there ${word}`);
  await update.getByRole("textbox", { name: "Your name" }).fill("A neighbour");
  await update.getByRole("textbox", { name: "Your e-mail address" }).fill(address("neighbour"));
  await update.getByRole("button", { name: "Publish update" }).click();
  await expect(update.getByText("Check your e-mail")).toBeVisible();
  await expect(page.getByRole("region", { name: "What happened so far" })).not.toContainText(word);
  await openLink(page, linkIn(await mailbox.one(address("neighbour"), /^Confirm your update/), "confirm"));
  await expect(page.getByRole("heading", { level: 1, name: "Thank you. Your update is published" })).toBeVisible();
  await page.getByRole("link", { name: "Go to the report" }).click();
  await expect(page.getByRole("region", { name: "What happened so far" })).toContainText(`Still there ${word}`);
  await expect(page.getByRole("region", { name: "What happened so far" })).toContainText("A neighbour");
});
