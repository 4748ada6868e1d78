/** Starts what the tests run against: a mail server, and Mendmap itself with a database of its own and the demo's borough. */

import { execFileSync } from "node:child_process";
import { createConnection } from "node:net";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { freePort, Program } from "./processes.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Debian's Python, which has Debian's aiosmtpd. */
const PYTHON = "/usr/bin/python3";

export default async function start(): Promise<() => Promise<void>> {
  const mendmap = process.env.MENDMAP ?? join(ROOT, "target/debug/mendmap");
  const spa = process.env.MENDMAP_SPA ?? join(ROOT, "frontend/dist");
  for (const path of [mendmap, join(spa, "index.html")]) {
    if (!existsSync(path)) throw new Error(`${path} is not there: run make build first`);
  }
  forgetSettings(mendmap);
  const folder = await mkdtemp(join(tmpdir(), "mendmap-e2e-"));
  // PostgreSQL runs as another user when started by root, and has to get through.
  await chmod(folder, 0o755);
  const running: Program[] = [];
  const stop = async (): Promise<void> => {
    try {
      for (const program of running.reverse()) await program.stop(30);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  try {
    const mailbox = join(folder, "mail");
    const port = await freePort();
    const receiver = ["-m", "aiosmtpd", "-n", "-l", `127.0.0.1:${port}`, "-c", "aiosmtpd.handlers.Mailbox", mailbox];
    const mail = Program.start("the mail server", PYTHON, receiver, {});
    running.push(mail);
    await mail.until(20, () => answers(port));

    const data = join(folder, "data");
    const site = Program.start("mendmap", mendmap, ["serve", "--with-worker", "--demo"], {
      PORT: "0",
      DATA_DIR: data,
      SPA_DIR: spa,
      SMTP_URL: `smtp://127.0.0.1:${port}`,
      RATE_LIMIT_SCALE: "1000",
      // The other systems that tests play are on this machine.
      OUTBOUND_ALLOW: "127.0.0.0/8",
      LOG: "warn",
    });
    running.push(site);
    // Drawing the demo's pictures without optimisation takes most of this.
    const address = await site.until(300, (said) => /ready at (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1] ?? null);
    await site.until(30, async () => ((await fetch(`${address}/readyz`)).ok ? true : null));
    const password = await site.until(30, (said) => /all with the password (\S+):/.exec(said)?.[1] ?? null);

    // The workers inherit the environment.
    process.env.MENDMAP_E2E_ADDRESS = address;
    process.env.MENDMAP_E2E_MAILBOX = mailbox;
    process.env.MENDMAP_E2E_PASSWORD = password;
    process.env.MENDMAP_E2E_PROGRAM = mendmap;
    process.env.MENDMAP_E2E_DATA = data;
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Takes away every setting of Mendmap's that whoever runs the tests has for themselves, such as their own database. */
function forgetSettings(mendmap: string): void {
  const listed = execFileSync(mendmap, ["config"], { encoding: "utf8" });
  const names = [...listed.matchAll(/^([A-Z][A-Z_]+) \(/gm)].map((line) => line[1] ?? "");
  if (!names.includes("DATABASE_URL")) throw new Error(`mendmap config does not list its settings:\n${listed}`);
  for (const name of names) delete process.env[name];
}

function answers(port: number): Promise<true | null> {
  return new Promise((resolve) => {
    const socket = createConnection(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(null));
  });
}
