/** Prints what is measured, one JSON line each, and nothing but failures beside it. */

import type { Reporter, TestCase, TestResult } from "@playwright/test/reporter";

export default class Quiet implements Reporter {
  onStdOut(text: string | Buffer): void {
    process.stdout.write(text);
  }

  onTestEnd(test: TestCase, result: TestResult): void {
    for (const { message } of result.errors) process.stderr.write(`${test.title}: ${message ?? "failed"}\n`);
  }

  onError({ message }: { message?: string }): void {
    process.stderr.write(`${message ?? "failed"}\n`);
  }
}
