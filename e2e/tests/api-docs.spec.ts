import { expect, test } from "../harness/test.ts";

test("the footer leads to the API's documentation, which lists every operation", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("link", { name: "API for developers" }).click();
  await expect(page).toHaveURL(/\/api\/docs\/$/);
  await expect(page.getByText("/api/v1/reports", { exact: true }).first()).toBeVisible();
  const document = (await (await page.request.get("/api/openapi.json")).json()) as { paths: Record<string, unknown> };
  expect(Object.keys(document.paths).length).toBeGreaterThan(25);
});
