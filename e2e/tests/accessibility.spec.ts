import { randomUUID } from "node:crypto";

import { admin } from "../harness/admin.ts";
import { linkIn } from "../harness/mail.ts";
import { becomeAuthor, openLink, signIn } from "../harness/people.ts";
import { draw } from "../harness/pictures.ts";
import { ReportForm } from "../harness/report-form.ts";
import { fitsTheWindow, settled } from "../harness/inspect.ts";
import { demoPassword, expect, test as base } from "../harness/test.ts";

interface Fixtures {
  /** Looks at the page as it stands: it fits the window, and axe finds nothing in light colours or in dark ones. */
  look: () => Promise<void>;
}

const test = base.extend<Fixtures>({
  look: async ({ page, checkAccessibility }, use) => {
    await use(async () => {
      await settled(page);
      await fitsTheWindow(page);
      await checkAccessibility();
    });
  },
});

test("pages everybody sees are accessible", async ({ page, look, watch }) => {
  watch.expectAnswer(/^404 GET \/api\/v1\/reports\/999999/);
  for (const path of ["/", "/map", "/about", "/sign-in", "/confirm", "/unsubscribe", "/no/such/page", "/reports/999999"]) {
    await page.goto(path);
    await look();
  }
  await page.goto("/");
  await page.getByRole("combobox", { name: "Where is the problem?" }).fill("Street");
  await expect(page.getByRole("option").first()).toBeVisible();
  await look();
});

test("the map with its list is accessible with a report, a place and nothing chosen", async ({ page, look }) => {
  await page.goto("/map?lon=-4.8969&lat=51.3014&zoom=15&report=10");
  await expect(page.getByRole("region", { name: "Selected report" }).getByRole("article")).toBeVisible();
  await look();
  await page.goto("/map?lon=-4.86&lat=51.33&zoom=17&status=closed");
  await expect(page.getByText("There are no reports here with these filters.")).toBeVisible();
  await page.getByRole("application", { name: /^Map\./ }).click({ position: { x: 60, y: 60 } });
  await expect(page.getByText("You chose a place on the map.")).toBeVisible();
  await look();
});

test("reports are accessible in every state, with their photos and their forms", async ({ page, look }) => {
  for (const status of ["open", "in_progress", "fixed", "duplicate", "not_responsible"]) {
    const answer = await page.request.get("/api/v1/reports", { params: { status, limit: 20 } });
    const { items } = (await answer.json()) as { items: { id: number; photo?: unknown }[] };
    const report = items.find(({ photo }) => photo) ?? items[0];
    await page.goto(`/reports/${report?.id}`);
    await look();
  }
  const answer = await page.request.get("/api/v1/reports", { params: { status: "open", limit: 50 } });
  const { items } = (await answer.json()) as { items: { id: number; photo?: unknown }[] };
  await page.goto(`/reports/${items.find(({ photo }) => photo)?.id}`);
  await page.getByRole("button", { name: "Publish update" }).click();
  await page.getByRole("button", { name: "Follow this report" }).click();
  await look();
  await page.getByRole("button", { name: /^Photo 1 of/ }).click();
  await expect(page.getByRole("dialog", { name: "Photos" })).toBeVisible();
  await look();
});

test("every step of the report form is accessible, empty, filled in and with errors", async ({ page, look, address }) => {
  const form = new ReportForm(page);
  await form.open();
  await look();
  await form.next();
  await look();
  await form.choosePlace("Corn Street");
  await expect(page.getByRole("button", { name: /^Corn Street/ })).toBeVisible();
  await look();
  await form.next();
  await form.isAt("what");
  await expect(page.getByRole("radio").first()).toBeVisible();
  await form.next();
  await look();
  await form.chooseCategory("Potholes");
  await look();
  await form.next();
  // There is a pothole in the demo's Corn Street.
  await form.isAt("similar");
  await page.getByRole("button", { name: "Keep me informed" }).first().click();
  await look();
  await page.getByRole("button", { name: "No, mine is another one" }).click();
  await form.isAt("details");
  await form.next();
  await look();
  await page.getByRole("radio", { name: "Yes", exact: true }).check();
  await look();
  await page.getByRole("radio", { name: "No", exact: true }).check();
  await form.describe("Hole", "Deep");
  await form.nextToPhotos();
  // An upload that goes on as long as it is looked at.
  let arrive = (): void => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  await page.route("**/api/v1/photos", async (route) => {
    await arrived;
    await route.continue();
  });
  await page.getByLabel("Photos", { exact: true }).setInputFiles([await draw(page, 31)]);
  await expect(page.getByRole("progressbar")).toBeVisible();
  await look();
  arrive();
  await form.addPhotos([await draw(page, 32)], 2);
  await look();
  await form.next();
  await form.isAt("who");
  await form.next();
  await look();
  await form.introduce("A resident", address("axe"));
  await form.next();
  await form.isAt("check");
  await look();
  await page.getByRole("button", { name: "Send report" }).click();
  await form.isAt("sent");
  await look();
});

test("questions of every kind are accessible", async ({ page, look }) => {
  for (const [street, category] of [["Goose Gate", "Fly-tipping"], ["Goose Gate", "Pavements"], ["Goose Gate", "Street lights"]] as const) {
    await page.goto("/about");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.evaluate(() => localStorage.clear());
    const form = new ReportForm(page);
    await form.toDetails(street, category);
    await look();
  }
});

test("signing in and one's own pages are accessible", async ({ page, look, watch }) => {
  watch.expectAnswer(/^401 POST \/api\/v1\/auth\/sessions$/);
  await page.goto("/my/reports");
  await look();
  await page.goto("/sign-in");
  await signIn(page, "resident@example.org", "wrong, with a long tail");
  await expect(page.getByRole("alert")).toBeVisible();
  await look();
  await page.getByRole("button", { name: "E-mail me a link instead" }).click();
  await signIn(page, "resident@example.org");
  await expect(page.getByRole("article").first()).toBeVisible();
  await look();
  await page.goto("/account");
  await page.getByRole("button", { name: "Save password" }).click();
  await look();
});

test("what mailed links open is accessible", async ({ page, look, watch, mailbox, word, address, anotherBrowser }) => {
  watch.expectAnswer(/^4\d\d POST \/api\/v1\/confirmations$/);
  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "E-mail address" }).fill(address("axe"));
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Check your e-mail" })).toBeVisible();
  await look();

  const id = await becomeAuthor(page, mailbox, `Tree ${word}`, address("axe"));
  await look();
  await openLink(page, linkIn(await mailbox.one(address("axe"), /^Confirm your report/), "confirm"));
  await expect(page.getByRole("heading", { level: 1, name: "This could not be confirmed" })).toBeVisible();
  await look();

  const officer = (await anotherBrowser()).request;
  const login = { email: "officer@example.org", password: demoPassword() };
  const session = (await (await officer.post("/api/v1/auth/sessions", { data: login })).json()) as { access_token: string };
  const headers = { Authorization: `Bearer ${session.access_token}`, "Idempotency-Key": randomUUID() };
  const answered = await officer.post(`/api/v1/desk/reports/${id}/updates`, { headers, data: { text: "We look." } });
  expect(answered.ok(), await answered.text()).toBe(true);
  await openLink(page, linkIn(await mailbox.one(address("axe"), /^Update:/), "unsubscribe"));
  await expect(page.getByRole("button", { name: "Unsubscribe" })).toBeVisible();
  await look();
  await page.getByRole("button", { name: "Unsubscribe" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "You are unsubscribed" })).toBeVisible();
  await look();
});

test("the desk is accessible for somebody who has none, and for somebody who has two", async ({
  page,
  look,
  mailbox,
  word,
  address,
}) => {
  const email = address("two-desks");
  await becomeAuthor(page, mailbox, `Tree ${word}`, email);
  await page.goto("/desk");
  await expect(page.getByRole("heading", { name: "No desk for you" })).toBeVisible();
  await look();
  for (const body of ["wrenmouth", "wrenshire-highways"]) {
    await admin("user", "add", email, "--body", body, "--role", "officer");
  }
  await page.reload();
  await expect(page.getByText("You work for several organisations.")).toBeVisible();
  await look();
});

test("the desk is accessible: its list, its filters and a report with everything on it", async ({ page, look }) => {
  await page.goto("/sign-in");
  await signIn(page, "administrator@example.org");
  await expect(page.getByRole("table")).toBeVisible();
  await look();
  await page.getByRole("searchbox", { name: "Words or number" }).fill("nothing has these words");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByText("No reports match.")).toBeVisible();
  await look();
  await page.goto("/desk/wrenmouth?status=investigating");
  await page.getByRole("table").getByRole("link").last().click();
  await expect(page.getByRole("region", { name: "Private notes" })).toBeVisible();
  await page.getByRole("button", { name: "Publish answer" }).click();
  await page.getByRole("combobox", { name: "Status" }).selectOption({ label: "Reported before" });
  await page.getByRole("button", { name: "Save private note" }).click();
  await look();
});
