/** `mendmap admin`, on the database the tests run against. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a command of the operator, such as `admin("user", "add", …)`. */
export async function admin(...command: string[]): Promise<void> {
  const program = process.env.MENDMAP_E2E_PROGRAM;
  const folder = process.env.MENDMAP_E2E_DATA;
  if (!program || !folder) throw new Error("Mendmap was not started");
  await promisify(execFile)(program, ["admin", ...command], { env: { ...process.env, DATA_DIR: folder, LOG: "warn" } });
}
