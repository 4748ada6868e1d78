/** The tests' own `test`: every page is watched for trouble, mails can be read, people have names of their own. */

import { randomUUID } from "node:crypto";

import { AxeBuilder } from "@axe-core/playwright";
import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";

import { Mailbox } from "./mail.ts";

/** Watches browsers for what no test may cause without saying so. */
export class Watch {
  readonly troubles: string[] = [];
  private readonly expected: RegExp[] = [];
  private readonly written: RegExp[] = [];

  private readonly origins: Set<string>;

  constructor(origin: string) {
    this.origins = new Set([origin]);
  }

  /** Lets pages ask another server of ours. */
  expectOrigin(origin: string): void {
    this.origins.add(origin);
  }

  /** Lets answers pass that refuse something, such as `404 GET /api/v1/reports/999999`. */
  expectAnswer(answer: RegExp): void {
    this.expected.push(answer);
  }

  /** Lets what the app writes to the console as errors pass. */
  expectConsole(text: RegExp): void {
    this.written.push(text);
  }

  /** Watches all pages of a browser context. */
  async over(context: BrowserContext): Promise<void> {
    // Chromium reports a violation on the console too, but says more here.
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy violated: ${event.violatedDirective} by ${event.blockedURI} ${event.sourceFile}`);
      });
    });
    context.on("request", (request) => {
      const url = new URL(request.url());
      const own = this.origins.has(url.origin) || url.protocol === "data:" || url.protocol === "blob:";
      if (!own) this.troubles.push(`asked somebody else: ${request.url()}`);
    });
    context.on("response", (response) => {
      if (response.status() < 400) return;
      const { pathname, search } = new URL(response.url());
      const answer = `${response.status()} ${response.request().method()} ${pathname}${search}`;
      if (!this.expected.some((expected) => expected.test(answer))) this.troubles.push(`refused: ${answer}`);
    });
    context.on("console", (message) => {
      // Refused requests are judged above, where it is known which ones they are.
      const refused = message.text().startsWith("Failed to load resource: the server responded with a status of");
      const expected = this.written.some((written) => written.test(message.text()));
      if (message.type() === "error" && !refused && !expected) this.troubles.push(`console: ${message.text()}`);
    });
    context.on("weberror", (error) => this.troubles.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  }
}

interface Fixtures {
  /** What may go wrong, and what went wrong. */
  watch: Watch;
  /** The mails that left. */
  mailbox: Mailbox;
  /** Checks the page as it stands against WCAG 2.2 AA and axe's best practice, in light colours and in dark ones. */
  checkAccessibility: () => Promise<void>;
  /** Opens another person's browser. */
  anotherBrowser: () => Promise<Page>;
  /** A word that no other test uses, for titles and texts. */
  word: string;
  /** An address that nobody else has. */
  address: (who: string) => string;
}

export const test = base.extend<Fixtures>({
  baseURL: async ({}, use) => {
    const address = process.env.MENDMAP_E2E_ADDRESS;
    if (!address) throw new Error("Mendmap was not started");
    await use(address);
  },

  watch: async ({ baseURL }, use) => {
    const watch = new Watch(new URL(baseURL ?? "").origin);
    await use(watch);
    expect(watch.troubles, "nothing goes wrong behind the page").toEqual([]);
  },

  context: async ({ context, watch }, use) => {
    await watch.over(context);
    await use(context);
  },

  mailbox: async ({}, use) => {
    await use(new Mailbox(process.env.MENDMAP_E2E_MAILBOX ?? ""));
  },

  checkAccessibility: async ({ page }, use) => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const check = async (colours: "light" | "dark", axe: AxeBuilder) => {
      await page.emulateMedia({ colorScheme: colours, reducedMotion: "reduce" });
      // Judged once the new colours are drawn: on a busy machine the page has some of the old ones for a moment.
      await page.waitForFunction((wanted) => matchMedia(`(prefers-color-scheme: ${wanted})`).matches, colours);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const { violations } = await axe.analyze();
      const found = violations.flatMap(({ id, nodes }) => {
        // A mark lies where its report does, also at the map's edge or under a button; WCAG 2.5.8 exempts marks on maps,
        // and the list beside the map has the same reports.
        const isMark = (html: string) => /^<[^>]*\bclass="map-mark\b/.test(html);
        const judged = nodes.filter(({ html }) => id !== "target-size" || !isMark(html));
        return judged.map((node) => `${id}: ${node.html} ${node.failureSummary}`);
      });
      expect(found, `accessibility of ${page.url()} in ${colours} colours`).toEqual([]);
    };
    await use(async () => {
      await check("light", new AxeBuilder({ page }).withTags(tags));
      // Nothing but the colours changes.
      await check("dark", new AxeBuilder({ page }).withRules(["color-contrast", "link-in-text-block"]));
    });
  },

  anotherBrowser: async ({ browser, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      await watch.over(context);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },

  word: async ({}, use) => {
    await use(randomUUID().slice(0, 8));
  },

  address: async ({ word }, use) => {
    await use((who) => `${who}-${word}@example.org`);
  },
});

export { expect };

/** The password of every demo sign-in, as the program said when it started. */
export const demoPassword = (): string => process.env.MENDMAP_E2E_PASSWORD ?? "";
