import { linkIn } from "../harness/mail.ts";
import { openLink } from "../harness/people.ts";
import { photoOfAPhone } from "../harness/pictures.ts";
import { ReportForm } from "../harness/report-form.ts";
import { expect, test } from "../harness/test.ts";

test("a new resident finds a street, reports a pothole with a photo, confirms by mail and sees it sent", async ({
  page,
  mailbox,
  word,
  address,
}) => {
  const form = new ReportForm(page);
  const email = address("resident");
  const title = `Pothole that swallows wheels ${word}`;

  await page.goto("/");
  await page.getByRole("combobox", { name: "Where is the problem?" }).fill("Linnet Ro");
  await page.getByRole("option", { name: "Linnet Road" }).click();
  await expect(page).toHaveURL(/\/map\?.*place=Linnet/);
  await page.getByRole("link", { name: "Report a problem at the cross" }).click();

  await form.isAt("what");
  await expect(page.getByText("Near Linnet Road, Larkfield")).toBeVisible();
  await form.chooseCategory("Potholes");
  await expect(page.getByText("Your report goes to Wrenshire Highways.")).toBeVisible();
  await form.nextPastSimilar();

  await form.describe(title, "As wide as a bucket, beside the post box, since Monday.");
  await page.getByRole("radio", { name: "No", exact: true }).check();
  await page.getByRole("textbox", { name: "How deep is it, in centimetres? (optional)" }).fill("12,5");
  await form.nextToPhotos();
  await form.addPhotos([await photoOfAPhone(page)]);
  await form.next();

  await form.isAt("who");
  await form.introduce("A resident", email);
  await page.getByRole("textbox", { name: "Your telephone number (optional)" }).fill("01632 960001");
  await page.getByRole("checkbox", { name: "Do not show my name on the site" }).check();
  await form.next();

  await form.isAt("check");
  const answers = page.getByRole("term").filter({ hasText: "How deep is it, in centimetres?" });
  await expect(answers.locator("xpath=following-sibling::dd").first()).toHaveText("12.5");
  await page.getByRole("button", { name: "Send report" }).click();

  await form.isAt("sent");
  await expect(page.getByText(`We sent an e-mail to ${email}.`)).toBeVisible();
  await expect(page.getByText("It will be sent to Wrenshire Highways.")).toBeVisible();

  const confirmation = await mailbox.one(email, new RegExp(`^Confirm your report: ${title}$`));
  expect(confirmation.html).toContain("/confirm#");
  const body = "street-problems@wrenshire-highways.example.org";
  expect(await mailbox.to(body, new RegExp(word)), "nothing is sent before it is confirmed").toEqual([]);

  await openLink(page, linkIn(confirmation, "confirm"));
  await expect(page.getByRole("heading", { level: 1, name: "Thank you. Your report is published" })).toBeVisible();
  expect(new URL(page.url()).hash, "the link's secret does not stay in the address").toBe("");
  await page.getByRole("link", { name: "Go to the report" }).click();

  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  await expect(async () => {
    await page.reload();
    const story = page.getByRole("region", { name: "What happened so far" });
    await expect(story.getByText("Sent to Wrenshire Highways")).toBeVisible({ timeout: 3_000 });
  }).toPass({ timeout: 30_000 });
  await expect(page.getByText("As wide as a bucket, beside the post box, since Monday.")).toBeVisible();
  await expect(page.getByRole("main")).not.toContainText("A resident");
  await expect(page.getByRole("main")).not.toContainText(email);

  const photo = page.getByRole("img", { name: `Photo 1 of 1 of “${title}”` });
  await photo.click();
  const large = page.getByRole("dialog", { name: "Photos" }).getByRole("img");
  await expect(large).toBeVisible();
  const full = await page.request.get((await large.getAttribute("src")) ?? "");
  expect(full.headers()["content-type"]).toBe("image/jpeg");
  expect((await full.body()).includes("Exif"), "where it was taken is not in the file any more").toBe(false);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Photos" })).toBeHidden();
  await expect(page.getByRole("button", { name: `Photo 1 of 1 of “${title}”` })).toBeFocused();

  const order = await mailbox.one(body, new RegExp(word));
  expect(order.replyTo).toBe(email);
  for (const part of [order.text, order.html]) {
    expect(part).toContain(title);
    expect(part).toContain("beside the post box");
    expect(part).toContain("Linnet Road");
    expect(part).toContain("12.5");
    expect(part).toContain("01632 960001");
    expect(part).toContain("/photos/");
    expect(part).toContain("/desk/reports/");
  }
});

test("an address that no body covers can still be reported, and the form says so", async ({ page }) => {
  const form = new ReportForm(page);
  await page.goto("/report/new?lon=-4.5&lat=51.6");
  await form.isAt("what");
  await expect(page.getByText("No organisation here takes reports from us")).toBeVisible();
  await form.chooseCategory("Potholes");
  await form.nextPastSimilar();
});

test("a report whose answer got lost on its way is sent again by itself, and is one report", async ({ page, watch, mailbox, word, address }) => {
  // The browser says on the console that an answer did not come.
  watch.expectConsole(/net::ERR_CONNECTION_RESET/);
  const form = new ReportForm(page);
  const email = address("lost");
  const keys: (string | undefined)[] = [];
  let arrived = 0;
  await page.route("**/api/v1/reports", async (route, request) => {
    keys.push(request.headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    arrived = (await route.fetch()).status();
    return route.abort("connectionreset");
  });
  await form.send({
    street: "Barge Avenue",
    category: "Trees",
    title: `Branch ${word}`,
    detail: "It lies across the path.",
    email,
  });
  expect(arrived, "the first one was taken").toBe(201);
  expect(keys).toHaveLength(2);
  expect(keys[0]).toMatch(/^\S+$/);
  expect(keys[1]).toBe(keys[0]);

  await openLink(page, linkIn(await mailbox.one(email, /^Confirm your report/), "confirm"));
  await expect(page.getByRole("heading", { level: 1, name: "Thank you. Your report is published" })).toBeVisible();
  expect(await mailbox.to(email, /^Confirm your report/)).toHaveLength(1);
  const titles = async () => {
    const newest = await page.request.get("/api/v1/reports?limit=50");
    const { items } = (await newest.json()) as { items: { title: string }[] };
    return items.map(({ title }) => title).filter((title) => title.includes(word));
  };
  await expect.poll(titles).toEqual([`Branch ${word}`]);
});

test("somebody signed in publishes at once, and is asked only for the name their account does not know", async ({ page, mailbox, word, address }) => {
  const form = new ReportForm(page);
  const email = address("member");
  const title = `Slab that tips ${word}`;

  await page.goto("/sign-in");
  await page.getByRole("textbox", { name: "E-mail address" }).fill(email);
  await page.getByRole("button", { name: "E-mail me a link" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Check your e-mail" })).toBeVisible();
  await openLink(page, linkIn(await mailbox.one(email, /^Sign in/), "sign-in"));
  await expect(page.getByRole("heading", { level: 1, name: "My reports" })).toBeVisible();
  await expect(page.getByText("You have not reported anything yet.")).toBeVisible();

  await form.toDetails("Rectory Walk", "Pavements");
  await form.describe(title, "It rocks when somebody steps on it.");
  await page.getByRole("checkbox", { name: "Wheelchairs and prams" }).check();
  await form.nextToPhotos();
  await form.next();
  await form.isAt("check");
  await expect(page.getByText(`You are signed in as ${email}.`)).toBeVisible();
  await expect(page.getByText("Wheelchairs and prams")).toBeVisible();
  await page.getByRole("button", { name: "Send report" }).click();
  await expect(page.getByRole("alert").getByRole("link", { name: "Your name: This is needed" })).toBeVisible();
  await page.getByRole("textbox", { name: "Your name" }).fill("A member");
  await page.getByRole("button", { name: "Send report" }).click();

  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
  expect(await mailbox.to(email, /^Confirm/)).toEqual([]);
  await page.getByRole("link", { name: "My reports" }).click();
  await expect(page.getByRole("link", { name: title })).toBeVisible();
});
