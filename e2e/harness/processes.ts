/** Programs the tests run against: started, waited for, and stopped again by their own process number. */

import { spawn, type ChildProcess } from "node:child_process";
import { createServer } from "node:net";

/** A running program and what it has said so far. */
export class Program {
  private said = "";
  private ended = false;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
  ) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
      });
    }
    child.on("exit", () => {
      this.ended = true;
    });
    child.on("error", (error) => {
      this.said += String(error);
      this.ended = true;
    });
  }

  /** Starts a program with these variables added to the environment. */
  static start(name: string, command: string, args: string[], env: Record<string, string>): Program {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    return new Program(name, child);
  }

  /** Waits until `ready` answers something, and answers that. */
  async until<T>(seconds: number, ready: (said: string) => Promise<T | null> | T | null): Promise<T> {
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      if (this.ended) throw new Error(`${this.name} stopped by itself:\n${this.said}`);
      const answer = await ready(this.said);
      if (answer !== null) return answer;
      await pause(100);
    }
    throw new Error(`${this.name} was not ready within ${seconds} seconds:\n${this.said}`);
  }

  /** Asks it to stop, waits until it has, and only then uses force. Answers what it said. */
  async stop(seconds: number): Promise<string> {
    this.child.kill("SIGTERM");
    const end = Date.now() + seconds * 1000;
    while (!this.ended && Date.now() < end) await pause(50);
    if (!this.ended) {
      this.child.kill("SIGKILL");
      throw new Error(`${this.name} did not stop within ${seconds} seconds:\n${this.said}`);
    }
    return this.said;
  }
}

/** A port nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
