import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { linkIn } from "../harness/mail.ts";
import { openLink, publishReport, signIn } from "../harness/people.ts";
import { demoPassword, expect, test } from "../harness/test.ts";

const DESK = "Desk of Wrenmouth Borough Council";

async function openDesk(page: Page, email = "officer@example.org"): Promise<void> {
  await page.goto("/sign-in");
  await signIn(page, email);
  await expect(page.getByRole("heading", { level: 1, name: DESK })).toBeVisible();
  await expect(page.getByRole("table", { name: "Reports that came to Wrenmouth Borough Council" })).toBeVisible();
}

test("staff see what came in, newest first, and sort and filter it by the address", async ({ page }) => {
  await openDesk(page);
  await expect(page).toHaveURL(/\/desk\/wrenmouth$/);
  const rows = page.getByRole("table").getByRole("row");
  const times = async () =>
    rows.locator("td[data-label=Reported] time").evaluateAll((all) => all.map((time) => time.getAttribute("datetime")));
  expect((await times()).length).toBeGreaterThan(10);
  expect(await times()).toEqual([...(await times())].sort().reverse());

  await page.getByRole("combobox", { name: "Order" }).selectOption("Longest overdue first");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/sort=overdue/);
  await expect(rows.nth(1)).toContainText(/Overdue by \d+ days/);
  await page.reload();
  await expect(page.getByRole("combobox", { name: "Order" })).toHaveValue("overdue");
  await expect(rows.nth(1)).toContainText(/Overdue by \d+ days/);
  const overdue = await rows.locator("td[data-label=Due]").allTextContents();
  const days = overdue.flatMap((text) => /Overdue by (\d+) days/.exec(text)?.[1] ?? []).map(Number);
  expect(days.length).toBeGreaterThan(3);
  expect(days).toEqual([...days].sort((a, b) => b - a));

  await page.getByRole("link", { name: "Clear filters" }).click();
  await expect(page).toHaveURL(/\/desk\/wrenmouth$/);
  await page.getByRole("combobox", { name: "Category" }).selectOption("Graffiti");
  await page.getByRole("combobox", { name: "Status" }).selectOption({ label: "Investigating" });
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/category=graffiti/);
  await expect(rows.locator("td[data-label=Status]").first()).toContainText("Investigating");
  await expect(rows.locator("td[data-label=Status]").filter({ hasNotText: "Investigating" })).toHaveCount(0);
  await expect(rows.locator("td[data-label=Category]").filter({ hasNotText: "Graffiti" })).toHaveCount(0);
  await page.goBack();
  await expect(page).toHaveURL(/\/desk\/wrenmouth$/);
});

test("staff answer in public and note in private: the resident gets a mail, and nobody else reads the note", async ({
  page,
  mailbox,
  word,
  address,
  anotherBrowser,
}) => {
  const author = address("author");
  const title = `Paint on the bus shelter ${word}`;
  const resident = await anotherBrowser();
  const report = { street: "Lark Close", category: "Graffiti", title, detail: "Blue letters on every pane.", email: author };
  const id = await publishReport(resident, mailbox, report);

  await openDesk(page);
  await page.getByRole("searchbox", { name: "Words or number" }).fill(word);
  await page.getByRole("button", { name: "Show" }).click();
  const row = page.getByRole("row").filter({ hasText: title });
  await expect(row.getByText("Unread")).toBeVisible();
  await row.getByRole("link", { name: title }).click();

  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  const reporter = page.getByRole("region", { name: "Who reported it" });
  await expect(reporter).toContainText(author);
  await expect(page.getByRole("region", { name: "Answers" })).toContainText("Is it offensive?");

  const secret = `The key hangs in hut ${word}-note`;
  const notes = page.getByRole("region", { name: "Private notes" });
  await notes.getByRole("textbox", { name: "New private note" }).fill(secret);
  await notes.getByRole("button", { name: "Save private note" }).click();
  await expect(notes.getByText("Your note is saved")).toBeVisible();
  await expect(notes.getByRole("listitem").filter({ hasText: secret })).toContainText("Demo officer");

  const answer = page.getByRole("region", { name: "Public answer" });
  await answer.getByRole("combobox", { name: "Status" }).selectOption({ label: "Investigating" });
  await answer.getByRole("textbox", { name: "Your answer" }).fill(`We send somebody on Tuesday (${word}).`);
  await answer.getByRole("button", { name: "Publish answer" }).click();
  await expect(answer.getByText("The status is now: Investigating.")).toBeVisible();
  const story = page.getByRole("region", { name: "What happened so far" });
  await expect(story).toContainText(`We send somebody on Tuesday (${word}).`);

  const told = await mailbox.one(author, new RegExp(`^Now being investigated: .*${word}`));
  for (const part of [told.text, told.html]) {
    expect(part).toContain(`We send somebody on Tuesday (${word}).`);
    expect(part).toContain(`/reports/${id}`);
  }

  await resident.goto(`/reports/${id}`);
  const publicStory = resident.getByRole("region", { name: "What happened so far" });
  await expect(publicStory).toContainText("Wrenmouth Borough Council");
  await expect(publicStory).toContainText("Investigating");
  await expect(publicStory).toContainText(`We send somebody on Tuesday (${word}).`);
  await expect(resident.getByRole("main")).not.toContainText("-note");
  await expect(resident.getByRole("main")).not.toContainText("Demo officer");
  const paths = [`reports/${id}`, `reports/${id}/updates`, `reports?q=${word}`, "reports.geojson"];
  for (const path of paths) {
    const open = await resident.request.get(`/api/v1/${path}`);
    expect(open.ok()).toBe(true);
    expect(await open.text(), path).not.toContain(`${word}-note`);
  }
  for (const letter of await mailbox.to(author)) expect(letter.text + letter.html).not.toContain("-note");

  await page.getByRole("link", { name: "Back to the list" }).click();
  await expect(page.getByRole("searchbox", { name: "Words or number" })).toHaveValue(word);
  await expect(row).toContainText("Investigating");
  await expect(row.getByText("Unread")).toHaveCount(0);
});

test("one press unsubscribes, from the mail program and from the page, and no more mails come", async ({
  page,
  mailbox,
  word,
  address,
  anotherBrowser,
}) => {
  const title = `Sticker on the sign ${word}`;
  const [author, second] = [address("author"), address("second")];
  const resident = await anotherBrowser();
  const report = { street: "Heron Crescent", category: "Graffiti", title, detail: "It hides the arrow.", email: author };
  const id = await publishReport(resident, mailbox, report);
  const other = await anotherBrowser();
  await other.goto(`/reports/${id}`);
  const follow = other.getByRole("region", { name: "Get e-mails about this report" });
  await follow.getByRole("textbox", { name: "Your e-mail address" }).fill(second);
  await follow.getByRole("button", { name: "Follow this report" }).click();
  await expect(follow.getByText(`We sent a link to ${second}.`)).toBeVisible();
  await openLink(other, linkIn(await mailbox.one(second, /^Confirm/), "confirm"));
  await expect(other.getByRole("heading", { level: 1, name: "You follow this report" })).toBeVisible();

  await openDesk(page);
  await page.goto(`/desk/reports/${id}`);
  const answer = page.getByRole("region", { name: "Public answer" });
  const say = async (text: string) => {
    await answer.getByRole("textbox", { name: "Your answer" }).fill(`${text} ${word}`);
    await answer.getByRole("button", { name: "Publish answer" }).click();
    await expect(answer.getByText("Your answer is published")).toBeVisible();
    await expect(answer.getByRole("textbox", { name: "Your answer" })).toHaveValue("");
  };
  await say("First answer");

  // The author's mail program posts to the address in the header (RFC 8058).
  const toAuthor = await mailbox.one(author, /^Update:/);
  expect(toAuthor.headers.get("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
  const oneClick = /<(http[^>]+)>/.exec(toAuthor.headers.get("list-unsubscribe") ?? "")?.[1] ?? "";
  const answered = await page.request.post(oneClick, { form: { "List-Unsubscribe": "One-Click" } });
  expect(answered.ok()).toBe(true);
  await say("Second answer");

  // The other one still gets mails, and now opens the page.
  await expect.poll(async () => (await mailbox.to(second, /^Update:/)).length, { timeout: 30_000 }).toBe(2);
  const [letter] = await mailbox.to(second, /^Update:/);
  if (!letter) throw new Error("no mail");
  await openLink(other, linkIn(letter, "unsubscribe"));
  await other.getByRole("button", { name: "Unsubscribe" }).click();
  await expect(other.getByRole("heading", { level: 1, name: "You are unsubscribed" })).toBeFocused();
  await say("Third answer");

  // Somebody who follows only now hears of the fourth answer: by then the mails of the third would have left.
  const third = address("third");
  const late = await anotherBrowser();
  await late.goto(`/reports/${id}`);
  const lateFollow = late.getByRole("region", { name: "Get e-mails about this report" });
  await lateFollow.getByRole("textbox", { name: "Your e-mail address" }).fill(third);
  await lateFollow.getByRole("button", { name: "Follow this report" }).click();
  await expect(lateFollow.getByText(`We sent a link to ${third}.`)).toBeVisible();
  await openLink(late, linkIn(await mailbox.one(third, /^Confirm/), "confirm"));
  await expect(late.getByRole("heading", { level: 1, name: "You follow this report" })).toBeVisible();
  await say("Fourth answer");
  await mailbox.one(third, /^Update:/);
  expect(await mailbox.to(author, /^Update:/)).toHaveLength(1);
  expect(await mailbox.to(second, /^Update:/)).toHaveLength(2);
});

test("an author says that it is fixed, and opens it again with a reason", async ({ page, mailbox, word, address }) => {
  const report = { street: "Curlew Avenue", category: "Road signs", title: `Sign turned ${word}`, detail: "It points back." };
  const id = await publishReport(page, mailbox, { ...report, email: address("author") });
  await page.goto(`/reports/${id}`);
  const update = page.getByRole("region", { name: "Write an update" });
  const story = page.getByRole("region", { name: "What happened so far" });
  await update.getByRole("radio", { name: "It is fixed" }).check();
  await update.getByRole("button", { name: "Publish update" }).click();
  await expect(page.getByText("The person who reported it says it is fixed.")).toBeVisible();
  await expect(story).toContainText("Fixed");

  await update.getByRole("radio", { name: "It is not fixed: open the report again" }).check();
  await update.getByRole("button", { name: "Publish update" }).click();
  await expect(update.getByRole("alert").getByText("Say why it is not fixed")).toBeVisible();
  await update.getByRole("textbox", { name: "Your update" }).fill("It has turned back again.");
  await update.getByRole("button", { name: "Publish update" }).click();
  await expect(story).toContainText("It has turned back again.");
  await expect(page.getByText("The person who reported it says it is fixed.")).toHaveCount(0);
});

test("what staff began to write stays through a reload, and goes when they sign out", async ({ page }) => {
  await openDesk(page);
  await page.getByRole("table").getByRole("link").first().click();
  const note = page.getByRole("textbox", { name: "New private note" });
  await note.fill("She asked us to");
  await page.reload();
  await expect(note).toHaveValue("She asked us to");
  await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await expect.poll(() => page.evaluate(() => JSON.stringify(localStorage))).not.toContain("She asked us to");
});

test("nobody but a body's staff sees its desk", async ({ page, watch }) => {
  watch.expectAnswer(/^(403|404) GET \/api\/v1\/desk\//);
  await page.goto("/desk/wrenmouth");
  await expect(page.getByText("Please sign in to see this page.")).toBeVisible();
  await page.getByRole("main").getByRole("link", { name: "Sign in" }).click();
  await signIn(page, "highways-officer@example.org");
  await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
  await page.getByRole("link", { name: "Desk" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Desk of Wrenshire Highways" })).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await page.goto("/sign-in");
  await signIn(page, "resident@example.org", demoPassword());
  await expect(page.getByRole("heading", { level: 1, name: "My reports" })).toBeVisible();
  await page.goto("/desk");
  await expect(page.getByRole("heading", { name: "No desk for you" })).toBeVisible();
});

test("an officer takes the list out as a file, sees it being made, and saves it", async ({ page, checkAccessibility }) => {
  await openDesk(page);
  await page.getByRole("combobox", { name: "Category" }).selectOption("Graffiti");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/category=graffiti/);
  await page.getByText("Take these reports out as a file").click();
  const form = page.getByRole("form", { name: "Take these reports out as a file" });
  await checkAccessibility();
  await form.getByRole("combobox", { name: "Kind of file" }).selectOption("csv");
  await form.getByRole("button", { name: "Make the file" }).click();
  await expect(form.getByRole("status")).toContainText(/The file is ready: \d+ reports/, { timeout: 30_000 });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    form.getByRole("button", { name: "Save the file" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("reports.csv");
  const text = await readFile(await download.path(), "utf8");
  const [head, ...rows] = text.trim().split("\n");
  expect(head).toContain("reporter_email");
  expect(rows.length).toBeGreaterThan(2);
  expect(text).toContain(",graffiti,");
});
