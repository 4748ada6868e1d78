import { turnedPhoto } from "../harness/pictures.ts";
import { ReportForm } from "../harness/report-form.ts";
import { expect, test } from "../harness/test.ts";

test("a photo that was taken turned stands upright in every size", async ({ page }) => {
  const photo = turnedPhoto();
  test.skip(!photo, "needs the real data");
  if (!photo) return;
  const form = new ReportForm(page);
  await form.toDetails("Ferry Lane", "Trees");
  await form.describe("Branch over the lane", "Seen from the side.");
  await form.nextToPhotos();
  const uploaded = page.waitForResponse((response) => response.url().endsWith("/api/v1/photos"));
  await form.addPhotos([photo]);
  const { thumb, page: middle, full } = (await (await uploaded).json()) as { thumb: string; page: string; full: string };
  for (const address of [thumb, middle, full]) {
    const [width, height] = await page.evaluate(async (address) => {
      const image = new Image();
      image.src = address;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight] as const;
    }, address);
    expect(width / height, address).toBeCloseTo(512 / 384, 1);
  }
});
