/** Pictures to upload. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Page } from "@playwright/test";

/** What a file input takes. */
export interface Picture {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A JPEG drawn by the browser: `seed` makes each another picture. */
export async function draw(page: Page, seed: number): Promise<Picture> {
  const base64 = await page.evaluate(async (seed) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [1600, 1200];
    const context = canvas.getContext("2d");
    if (!context) throw new Error("no canvas");
    context.fillStyle = "#787878";
    context.fillRect(0, 0, canvas.width, canvas.height);
    for (let n = 0; n < 400; n += 1) {
      const shade = (n * 37 + seed * 61) % 160;
      context.fillStyle = `rgb(${shade} ${shade} ${shade + 20})`;
      context.fillRect((n * 97 + seed * 13) % 1600, (n * 53 + seed * 29) % 1200, 60, 24);
    }
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
    const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  }, seed);
  return { name: `picture-${seed}.jpg`, mimeType: "image/jpeg", buffer: Buffer.from(base64, "base64") };
}

/** A photo of the real data; `null` where that is not there. */
function realPhoto(path: string): Picture | null {
  const data = process.env.MENDMAP_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
  const full = join(data, "photos", path);
  return existsSync(full) ? { name: "phone.jpg", mimeType: "image/jpeg", buffer: readFileSync(full) } : null;
}

/** A phone's photo with the place in its metadata, from the real data where that is there; else one drawn. */
export async function photoOfAPhone(page: Page): Promise<Picture> {
  return realPhoto("exif_gps_bsd/berlin_01.jpg") ?? draw(page, 1);
}

/** A photo of a phone held upright on its side: 384 pixels wide and 512 high in the file, 512 by 384 for whoever obeys its
 * orientation (6). From the real data; `null` where that is not there. */
export const turnedPhoto = (): Picture | null => realPhoto("generated_cc0/orientation_6.jpg");

/** A GIF of one pixel that says it is a JPEG. */
export const GIF_CALLED_JPEG: Picture = {
  name: "holiday.jpg",
  mimeType: "image/jpeg",
  buffer: Buffer.from("R0lGODlhAQABAIAAAAAAAP///ywAAAAAAQABAAACAUwAOw==", "base64"),
};

/** A picture cut off in the middle. */
export function cutOff(picture: Picture): Picture {
  return { ...picture, name: "cut-off.jpg", buffer: picture.buffer.subarray(0, 200) };
}
