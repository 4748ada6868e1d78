/** The mails that left Mendmap, as the mail server received them. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "@playwright/test";
import PostalMime from "postal-mime";

/** A mail as its reader sees it. */
export interface Letter {
  to: string;
  replyTo: string | undefined;
  subject: string;
  text: string;
  html: string;
  headers: Map<string, string>;
}

/** The mail server's mailbox. */
export class Mailbox {
  private readonly read = new Map<string, Letter>();

  constructor(private readonly folder: string) {}

  /** All mails to an address whose subject fits, in no particular order. */
  async to(address: string, subject: RegExp = /(?:)/): Promise<Letter[]> {
    await this.fetch();
    return [...this.read.values()].filter((letter) => letter.to === address && subject.test(letter.subject));
  }

  /** Waits for the one mail to an address whose subject fits. */
  async one(address: string, subject: RegExp): Promise<Letter> {
    await expect
      .poll(() => this.to(address, subject), { message: `a mail to ${address}: ${subject}`, timeout: 30_000 })
      .toHaveLength(1);
    const [letter] = await this.to(address, subject);
    if (!letter) throw new Error("a mail that was there is gone");
    return letter;
  }

  private async fetch(): Promise<void> {
    const folder = join(this.folder, "new");
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((name) => !this.read.has(name))) {
      const mail = await PostalMime.parse(await readFile(join(folder, name)));
      this.read.set(name, {
        to: mail.to?.[0]?.address ?? "",
        replyTo: mail.replyTo?.[0]?.address,
        subject: mail.subject ?? "",
        text: mail.text ?? "",
        html: mail.html ?? "",
        headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
      });
    }
  }
}

/** The link in a mail that leads to this page. */
export function linkIn(letter: Letter, page: "confirm" | "sign-in" | "unsubscribe"): string {
  const link = new RegExp(`http://127\\.0\\.0\\.1:\\d+/${page}#[^\\s>)]+`).exec(letter.text)?.[0];
  if (!link) throw new Error(`no link to /${page} in: ${letter.text}`);
  return link;
}
