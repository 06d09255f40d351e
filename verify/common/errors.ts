/** One thing that is wrong with what the user asked for. */
export interface Violation {
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

/** The options are invalid: exit code 3, nothing is run and no report is written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(readonly violations: readonly Violation[]) {
    super(violations.map(({ path, reason, remedy }) => `${path}: ${reason}; ${remedy}`).join("\n"));
  }
}

/** Something could not be measured. The message is one line for people; the verdict is then `unknown`. */
export class Unmeasurable extends Error {
  override readonly name = "Unmeasurable";
}

/** Why something failed, in one line and without a stack trace. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return oneLine(text === "" ? "unknown error" : text);
}

/** Control characters and line breaks become spaces, and the text is cut to `limit` characters. */
export function oneLine(text: string, limit = 160): string {
  const flat = text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}
