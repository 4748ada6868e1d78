import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

import type { Page } from "@playwright/test";

import { admin } from "../harness/admin.ts";
import { fitsTheWindow, settled } from "../harness/inspect.ts";
import { becomeAuthor, signIn } from "../harness/people.ts";
import { expect, test as base } from "../harness/test.ts";

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A body's other system: it takes what it is told, and answers with the status it is told to. */
class System {
  readonly calls: Call[] = [];
  status = 200;

  constructor(readonly address: string) {}
}

const test = base.extend<{ system: System; look: () => Promise<void> }>({
  page: async ({ page, watch }, use) => {
    // The demo's town has no server of its own, and the page asks.
    watch.expectAnswer(/^404 GET \/api\/v1\/desk\/bodies\/[^/]+\/open311$/);
    await use(page);
  },

  system: async ({}, use) => {
    const server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        system.calls.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
        response.writeHead(system.status, { "content-type": "text/plain" }).end("works office");
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const system = new System(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in`);
    await use(system);
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  },

  look: async ({ page, checkAccessibility }, use) => {
    await use(async () => {
      await settled(page);
      await fitsTheWindow(page);
      await checkAccessibility();
    });
  },
});

/** Signs in as somebody who may do this at the demo's town, and goes to its other systems. */
async function open(page: Page): Promise<void> {
  await page.goto("/sign-in");
  await signIn(page, "administrator@example.org");
  await page.getByRole("link", { name: "Other systems: keys and webhooks" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Other systems of Wrenmouth Borough Council" })).toBeVisible();
}

/** Makes a webhook with the form; answers its secret. */
async function makeWebhook(page: Page, url: string): Promise<string> {
  const webhooks = page.getByRole("region", { name: "Webhooks" });
  await webhooks.getByRole("button", { name: "Make a webhook" }).click();
  await expect(webhooks.getByRole("heading", { name: "New webhook" })).toBeFocused();
  await webhooks.getByRole("textbox", { name: "Address" }).fill(url);
  await webhooks.getByRole("button", { name: "Make webhook" }).click();
  await expect(webhooks.getByText("The webhook is made")).toBeVisible();
  return webhooks.getByRole("textbox", { name: "The secret" }).inputValue();
}

/** The entry of a webhook in the list. */
const entry = (page: Page, url: string) =>
  page.getByRole("region", { name: "Webhooks" }).getByRole("listitem").filter({ has: page.getByRole("heading", { name: url }) });

/** The signature that the Standard Webhooks scheme asks for. */
function signature(secret: string, { headers, body }: Call): string {
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

test("a key is shown once, can be copied, and is revoked", async ({ page, context, word, look }) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  const keys = page.getByRole("region", { name: "Keys" });
  await keys.getByRole("button", { name: "Make key" }).click();
  await expect(keys.getByRole("alert")).toContainText("This is needed");
  await look();
  await keys.getByRole("textbox", { name: "Name" }).fill(`Back office ${word}`);
  await keys.getByRole("button", { name: "Make key" }).click();
  await expect(keys.getByText("nobody can be shown it again")).toBeVisible();
  const key = await keys.getByRole("textbox", { name: "The key" }).inputValue();
  expect(key).toMatch(/^mendmap_\S{20,}$/);
  await keys.getByRole("button", { name: "Copy" }).click();
  await expect(keys.getByText("Copied.")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
  await look();

  await page.reload();
  const row = keys.getByRole("listitem").filter({ hasText: `Back office ${word}` });
  await expect(row).toContainText(`Begins with ${key.slice(0, 12)}`);
  expect(await page.content()).not.toContain(key);
  await row.getByRole("button", { name: `Revoke Back office ${word}` }).click();
  await expect(row.getByText("will be refused at once")).toBeVisible();
  await look();
  await row.getByRole("button", { name: "Cancel" }).click();
  await row.getByRole("button", { name: `Revoke Back office ${word}` }).click();
  await row.getByRole("button", { name: "Revoke the key" }).click();
  await expect(keys.getByText(`The key Back office ${word} is revoked`)).toBeVisible();
  await expect(row).toHaveCount(0);
});

test("a webhook is made, tried, told what happens, and told it again", async ({
  page,
  mailbox,
  word,
  address,
  system,
  anotherBrowser,
  look,
}) => {
  await open(page);
  const secret = await makeWebhook(page, system.address);
  expect(secret).toMatch(/^whsec_/);
  await look();
  const mine = entry(page, system.address);
  await expect(mine).toContainText("reports to wrenmouth");

  await mine.getByRole("button", { name: `Try it ${system.address}` }).click();
  await expect(mine.getByText(/It took the test event: it answered 200 .* It said: works office/)).toBeVisible();
  const [tried] = system.calls;
  if (!tried) throw new Error("it was not called");
  expect(tried.headers["webhook-signature"]).toBe(signature(secret, tried));
  system.status = 418;
  await mine.getByRole("button", { name: "Try it" }).click();
  await expect(mine.getByText(/It did not take the test event: it answered 418/)).toBeVisible();
  system.status = 200;
  system.calls.length = 0;

  const id = await becomeAuthor(await anotherBrowser(), mailbox, `Leaning tree ${word}`, address("author"));
  const told = () => system.calls.filter(({ body }) => body.includes(`Leaning tree ${word}`));
  await expect.poll(() => told().length, { timeout: 20_000 }).toBe(1);
  const [call] = told();
  if (!call) throw new Error("it was not told");
  expect(call.headers["webhook-signature"]).toBe(signature(secret, call));
  expect(JSON.parse(call.body)).toMatchObject({ type: "report.published", data: { report: { id } } });

  await mine.getByText("What it was told").click();
  const row = mine.getByRole("listitem").filter({ has: page.getByRole("link", { name: `Report ${id}`, exact: true }) });
  await expect(row).toContainText("Sent");
  await expect(row).toContainText("It answered 200");
  await look();
  await row.getByRole("button", { name: `Tell it again: A report is published, report ${id}` }).click();
  await expect(mine.getByText("It is on its way again.")).toBeVisible();
  await expect.poll(() => told().length, { timeout: 20_000 }).toBe(2);
  expect(told()[1]?.headers["webhook-id"]).toBe(call.headers["webhook-id"]);
  await mine.getByRole("combobox", { name: "Tell it again what happened" }).selectOption("in the last hour");
  await mine.getByRole("button", { name: "Tell it all again" }).click();
  await expect(mine.getByText(/events? (is|are) on (its|their) way again\./)).toBeVisible();
  await expect.poll(() => told().length, { timeout: 20_000 }).toBe(3);
});

test("a webhook is changed, gets a new secret, and is deleted", async ({ page, system, look, watch }) => {
  watch.expectAnswer(/^422 (POST|PUT) \/api\/v1\/desk\/bodies\/wrenmouth\/webhooks/);
  await open(page);
  const webhooks = page.getByRole("region", { name: "Webhooks" });
  await webhooks.getByRole("button", { name: "Make a webhook" }).click();
  await webhooks.getByRole("textbox", { name: "Address" }).fill("http://10.0.0.1/in");
  for (const event of ["A report is published", "A report changes", "An update is published", "A report is hidden"]) {
    await webhooks.getByRole("checkbox", { name: event }).uncheck();
  }
  await webhooks.getByRole("button", { name: "Make webhook" }).click();
  await expect(webhooks.getByRole("alert")).toContainText("Choose at least one");
  await webhooks.getByRole("checkbox", { name: "A report is hidden" }).check();
  await webhooks.getByRole("button", { name: "Make webhook" }).click();
  await expect(webhooks.getByRole("alert")).toContainText("everybody on the internet can reach");
  await look();
  await webhooks.getByRole("textbox", { name: "Address" }).fill(system.address);
  await webhooks.getByRole("combobox", { name: "Category" }).selectOption("Graffiti");
  await webhooks.getByRole("button", { name: "Make webhook" }).click();
  await expect(webhooks.getByText("The webhook is made")).toBeVisible();
  const secret = await webhooks.getByRole("textbox", { name: "The secret" }).inputValue();
  const mine = entry(page, system.address);
  await expect(mine).toContainText("category graffiti");

  await mine.getByRole("button", { name: `Change ${system.address}` }).click();
  const form = page.getByRole("form", { name: `Change the webhook ${system.address}` });
  await expect(form.getByRole("checkbox", { name: "A report is hidden" })).toBeChecked();
  await expect(form.getByRole("combobox", { name: "Category" })).toHaveValue("graffiti");
  await form.getByRole("combobox", { name: "Category" }).selectOption("All");
  await form.getByRole("checkbox", { name: "Switched on" }).uncheck();
  await look();
  await form.getByRole("button", { name: "Save changes" }).click();
  await expect(webhooks.getByText("Your changes are saved")).toBeVisible();
  await expect(mine.getByText("Off", { exact: true })).toBeVisible();
  await expect(mine).not.toContainText("category");
  await expect(webhooks.getByRole("textbox", { name: "The secret" })).toHaveCount(0);

  await mine.getByRole("button", { name: `New secret ${system.address}` }).click();
  await mine.getByRole("button", { name: "Make a new secret" }).click();
  await expect(webhooks.getByText("The webhook has a new secret")).toBeVisible();
  const next = await webhooks.getByRole("textbox", { name: "The secret" }).inputValue();
  expect(next).not.toBe(secret);
  await expect(mine).toContainText("Calls are signed with the secret before this one too");
  await mine.getByRole("button", { name: "Try it" }).click();
  await expect(mine.getByText(/It took the test event/)).toBeVisible();
  const call = system.calls.at(-1);
  if (!call) throw new Error("it was not called");
  expect(call.headers["webhook-signature"]).toBe(`${signature(next, call)} ${signature(secret, call)}`);

  await mine.getByRole("button", { name: `Delete ${system.address}` }).click();
  await mine.getByRole("button", { name: "Delete the webhook" }).click();
  await expect(webhooks.getByText("The webhook is deleted")).toBeVisible();
  await expect(mine).toHaveCount(0);
});

test("a body's Open311 server is set, changed, looked at and taken away, and its key is never shown", async ({
  page,
  mailbox,
  word,
  address,
  system,
  watch,
  look,
}) => {
  watch.expectAnswer(/^422 PUT \/api\/v1\/desk\/bodies\/[^/]+\/open311$/);
  const [slug, email] = [`town-${word}`, address("administrator")];
  await becomeAuthor(page, mailbox, `Tree ${word}`, email);
  await admin("body", "add", slug, "--name", `Town ${word}`, "--email", address("streets"));
  await admin("user", "add", email, "--body", slug, "--role", "administrator");
  await page.goto(`/desk/${slug}/integrations`);
  const server = page.getByRole("region", { name: "Your Open311 server" });
  await server.getByRole("button", { name: "Save the server" }).click();
  await expect(server.getByRole("alert")).toContainText("This is needed");
  await server.getByRole("textbox", { name: "Address" }).fill("http://192.168.0.1/open311");
  await server.getByRole("button", { name: "Save the server" }).click();
  await expect(server.getByRole("alert")).toContainText("everybody on the internet can reach");
  await look();
  await server.getByRole("textbox", { name: "Address" }).fill(system.address);
  await server.getByRole("textbox", { name: "Jurisdiction" }).fill("town.example");
  await server.getByRole("textbox", { name: "Key" }).fill(`secret-${word}`);
  await server.getByRole("radio", { name: "JSON" }).check();
  await server.getByRole("radio", { name: "As files" }).check();
  await server.getByRole("checkbox", { name: "It speaks the extended status words" }).check();
  await server.getByRole("button", { name: "Save the server" }).click();
  await expect(server.getByText("The server is saved, and is being looked at")).toBeVisible();
  await expect.poll(() => system.calls.length, { timeout: 30_000 }).toBeGreaterThan(0);

  await page.reload();
  await expect(server.getByRole("textbox", { name: "Jurisdiction" })).toHaveValue("town.example");
  await expect(server.getByRole("radio", { name: "JSON" })).toBeChecked();
  await expect(server.getByRole("radio", { name: "As files" })).toBeChecked();
  await expect(server.getByRole("checkbox", { name: "It speaks the extended status words" })).toBeChecked();
  await expect(server.getByText("One is kept.")).toBeVisible();
  expect(await page.content()).not.toContain(`secret-${word}`);
  await server.getByRole("button", { name: "Look at its services now" }).click();
  await expect(server.getByText("They will be looked at in a moment")).toBeVisible();
  await look();
  await server.getByRole("checkbox", { name: "Forget the key that is kept" }).check();
  await server.getByRole("button", { name: "Save the server" }).click();
  await expect(server.getByText("The server is saved, and is being looked at")).toBeVisible();
  await expect(server.getByText("One is kept.")).toHaveCount(0);
  await server.getByRole("button", { name: /^Take it away/ }).click();
  await server.getByRole("button", { name: "Take the server away" }).click();
  await expect(server.getByText("The server is taken away")).toBeVisible();
  await expect(server.getByRole("heading", { name: "Set up a server" })).toBeVisible();
});

test("only administrators find their body's other systems", async ({ page, watch }) => {
  watch.expectAnswer(/^(403|404) GET \/api\/v1\/desk\//);
  await page.goto("/sign-in");
  await signIn(page, "officer@example.org");
  await expect(page.getByRole("heading", { level: 1, name: "Desk of Wrenmouth Borough Council" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Other systems: keys and webhooks" })).toHaveCount(0);
  await page.goto("/desk/wrenmouth/integrations");
  await expect(page.getByText("Only administrators manage keys and webhooks.")).toBeVisible();
  await page.goto("/desk/wrenshire-highways/integrations");
  await expect(page.getByRole("heading", { level: 1, name: "Page not found" })).toBeVisible();
});
