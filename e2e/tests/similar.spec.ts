import { linkIn } from "../harness/mail.ts";
import { openLink, publishReport } from "../harness/people.ts";
import { ReportForm } from "../harness/report-form.ts";
import { expect, test } from "../harness/test.ts";

test("a resident is offered a report like theirs, supports it in one press, and another follows it by mail", async ({
  page,
  mailbox,
  word,
  address,
  anotherBrowser,
}, { project }) => {
  // A street of its own for each width, so that nobody else's report is nearer.
  const street = project.name === "wide" ? "Anchor Avenue" : "Abbot Avenue";
  const title = `Branch over the pavement ${word}`;
  const detail = "It hangs so low that prams cannot pass.";
  const id = await publishReport(page, mailbox, { street, category: "Trees", title, detail, email: address("first") });

  const second = await anotherBrowser();
  const form = new ReportForm(second);
  await form.open();
  await form.choosePlace(street);
  await form.next();
  await form.isAt("what");
  await form.chooseCategory("Trees");
  await form.next();
  await form.isAt("similar");
  const card = second.getByRole("article").filter({ hasText: title });
  await expect(card).toContainText("0 m away");
  await card.getByRole("button", { name: "I see this too" }).click();
  await expect(card.getByText("Thank you. You are counted.")).toBeFocused();
  await expect(card.getByRole("button", { name: "I see this too" })).toBeHidden();

  await second.goto(`/reports/${id}`);
  const support = second.getByRole("region", { name: "Do you see this too?" });
  await expect(support.getByText("1 person sees this too")).toBeVisible();
  await expect(support.getByRole("button", { name: "Take it back: I do not see this" })).toBeVisible();

  const third = await anotherBrowser();
  const follower = address("third");
  const thirdForm = new ReportForm(third);
  await thirdForm.open();
  await thirdForm.choosePlace(street);
  await thirdForm.next();
  await thirdForm.chooseCategory("Trees");
  await thirdForm.next();
  await thirdForm.isAt("similar");
  const same = third.getByRole("article").filter({ hasText: title });
  await expect(same).toContainText("1 person sees this too");
  await same.getByRole("button", { name: "Keep me informed" }).click();
  await expect(same.getByRole("textbox", { name: "Your e-mail address" })).toBeFocused();
  await same.getByRole("textbox", { name: "Your e-mail address" }).fill(follower);
  await same.getByRole("button", { name: "Keep me informed" }).click();
  await expect(same.getByText("We sent you an e-mail. Open the link in it to be kept informed.")).toBeVisible();
  await openLink(third, linkIn(await mailbox.one(follower, new RegExp(word)), "confirm"));
  await expect(third.getByRole("heading", { level: 1, name: "You follow this report" })).toBeVisible();
});

test("support is counted once per device, survives a reload, and can be taken back", async ({
  page,
  mailbox,
  word,
  address,
}) => {
  const report = { street: "Elm Close", category: "Something else", title: `Bollard bent ${word}`, detail: "Bent over." };
  const id = await publishReport(page, mailbox, { ...report, email: address("author") });
  await page.context().clearCookies();
  await page.evaluate(() => localStorage.clear());
  await page.goto(`/reports/${id}`);
  const support = page.getByRole("region", { name: "Do you see this too?" });
  await expect(support.getByText("Nobody else has said so yet.")).toBeVisible();
  await support.getByRole("button", { name: "I see this too" }).click();
  await expect(support.getByText("1 person sees this too")).toBeVisible();
  await page.reload();
  await support.getByRole("button", { name: "Take it back: I do not see this" }).click();
  await expect(support.getByText("Nobody else has said so yet.")).toBeVisible();
});
