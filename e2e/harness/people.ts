/** What people do on more than one page. */

import { randomUUID } from "node:crypto";

import { expect, type APIRequestContext, type Page } from "@playwright/test";

import { linkIn, type Mailbox } from "./mail.ts";
import { ReportForm } from "./report-form.ts";
import { demoPassword } from "./test.ts";

/** Signs in with a password, from the sign-in page or wherever it stands on the way. */
export async function signIn(page: Page, email: string, password = demoPassword()): Promise<void> {
  await page.getByRole("textbox", { name: "E-mail address" }).fill(email);
  await page.getByRole("button", { name: "Sign in with a password instead" }).click();
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Opens a mailed link as mail programs do: as a page of its own, even where the same page is open already. */
export async function openLink(page: Page, link: string): Promise<void> {
  await page.goto("about:blank");
  await page.goto(link);
}

/** Reports a problem and opens the link in the mail. Answers the report's number. */
export async function publishReport(
  page: Page,
  mailbox: Mailbox,
  report: { street: string; category: string; title: string; detail: string; email: string },
): Promise<number> {
  await new ReportForm(page).send(report);
  const letter = await mailbox.one(report.email, /^Confirm your report/);
  await openLink(page, linkIn(letter, "confirm"));
  await expect(page.getByRole("heading", { level: 1, name: "Thank you. Your report is published" })).toBeVisible();
  await page.getByRole("link", { name: "Go to the report" }).click();
  await expect(page.getByRole("heading", { level: 1, name: report.title })).toBeVisible();
  return Number(/\/reports\/(\d+)$/.exec(page.url())?.[1]);
}

/** Where tests report whose place does not matter: the middle of the demo's borough. */
const PLACE = { lon: -4.8969, lat: 51.3014 };

/** Sends a report about a tree as the form does, for tests about what comes afterwards. It waits for its confirmation. */
export async function postReport(request: APIRequestContext, title: string, email: string): Promise<number> {
  const data = { location: PLACE, category: "trees", title, detail: "It leans.", author: { name: "A resident", email } };
  const answer = await request.post("/api/v1/reports", { headers: { "Idempotency-Key": randomUUID() }, data });
  expect(answer.ok(), await answer.text()).toBe(true);
  return ((await answer.json()) as { id: number }).id;
}

/** Makes somebody of this address, who is thereby signed in: sends a report and opens the link in the mail. */
export async function becomeAuthor(page: Page, mailbox: Mailbox, title: string, email: string): Promise<number> {
  const id = await postReport(page.request, title, email);
  await openLink(page, linkIn(await mailbox.one(email, /^Confirm your report/), "confirm"));
  await expect(page.getByRole("heading", { level: 1, name: "Thank you. Your report is published" })).toBeVisible();
  return id;
}
