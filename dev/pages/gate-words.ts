import assert from "node:assert/strict";
import type { CliRequest } from "../../verify/cli/arguments";
import { accept } from "./commands";

/** What the words ask the verifier for; UsageError when it does not know them. */
export function asked(words: readonly string[] | undefined): CliRequest {
  assert.equal(words?.[0], "verify");
  return accept(words ?? []);
}

export function formats(words: readonly string[] | undefined): string[] {
  return asked(words)
    .reports.map(({ format }) => format.id)
    .sort();
}
