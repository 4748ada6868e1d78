/** Filling in the report form the way people do: by the words on screen. */

import { expect, type Locator, type Page } from "@playwright/test";

import type { Picture } from "./pictures.ts";

/** Headings of the steps. */
export const STEP = {
  where: "Where is the problem?",
  what: "What is the problem?",
  similar: "Has somebody reported this already?",
  details: "Tell us about it",
  photos: "Add photos",
  who: "About you",
  check: "Check your report",
  sent: "Check your e-mail",
} as const;

export class ReportForm {
  constructor(readonly page: Page) {}

  /** Opens an empty form. */
  async open(): Promise<void> {
    await this.page.goto("/report/new");
    await this.isAt("where");
  }

  async isAt(step: keyof typeof STEP): Promise<void> {
    await expect(this.heading(step)).toBeVisible();
  }

  heading(step: keyof typeof STEP): Locator {
    return this.page.getByRole("heading", { level: 1, name: STEP[step] });
  }

  async next(): Promise<void> {
    await this.page.getByRole("button", { name: "Continue" }).click();
  }

  /** Searches for a street and takes it from the list. */
  async choosePlace(street: string): Promise<void> {
    const search = this.page.getByRole("combobox", { name: "Search for a street, postcode or place" });
    await search.fill(street);
    await this.page.getByRole("option", { name: street }).first().click();
    await this.placeIs(street);
  }

  async placeIs(street: string): Promise<void> {
    await expect(this.page.getByRole("status").filter({ hasText: "Chosen place" })).toContainText(`Near ${street}`);
  }

  async chooseCategory(name: string): Promise<void> {
    await this.page.getByRole("radio", { name, exact: false }).first().check();
  }

  /** Goes on from the category, past similar reports where there are some. */
  async nextPastSimilar(): Promise<void> {
    await this.next();
    await expect(this.heading("similar").or(this.heading("details"))).toBeVisible();
    if (await this.heading("similar").isVisible()) {
      await this.page.getByRole("button", { name: "No, mine is another one" }).click();
    }
    await this.isAt("details");
  }

  /** Goes on from the details, past reports that only the title brought up. */
  async nextToPhotos(): Promise<void> {
    await this.next();
    await expect(this.heading("similar").or(this.heading("photos"))).toBeVisible();
    if (await this.heading("similar").isVisible()) {
      await this.page.getByRole("button", { name: "No, mine is another one" }).click();
    }
    await this.isAt("photos");
  }

  async describe(title: string, detail: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Sum up the problem in a few words" }).fill(title);
    await this.page.getByRole("textbox", { name: "Describe the problem" }).fill(detail);
  }

  /** Adds pictures and waits until they have arrived. */
  async addPhotos(pictures: Picture[], total = pictures.length): Promise<void> {
    await this.page.getByLabel("Photos", { exact: true }).setInputFiles(pictures);
    await expect(this.photos()).toHaveCount(total, { timeout: 45_000 });
  }

  photos(): Locator {
    return this.page.getByRole("img", { name: /^Photo \d$/ });
  }

  async introduce(name: string, email: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    await this.page.getByRole("textbox", { name: "Your e-mail address" }).fill(email);
  }

  /** Goes from an empty form to the step about details. */
  async toDetails(street: string, category: string): Promise<void> {
    await this.open();
    await this.choosePlace(street);
    await this.next();
    await this.isAt("what");
    await this.chooseCategory(category);
    await this.nextPastSimilar();
  }

  /** Fills in and sends a whole report without photos. */
  async send(report: { street: string; category: string; title: string; detail: string; email: string }): Promise<void> {
    await this.toDetails(report.street, report.category);
    await this.describe(report.title, report.detail);
    if (report.category === "Graffiti") await this.page.getByRole("radio", { name: "No", exact: true }).check();
    await this.nextToPhotos();
    await this.next();
    await this.isAt("who");
    await this.introduce("A resident", report.email);
    await this.next();
    await this.isAt("check");
    await this.page.getByRole("button", { name: "Send report" }).click();
    await this.isAt("sent");
  }
}
