import { version } from "../package.json";

/** One thing that is wrong with what the user asked for. */
export interface Violation {
  readonly path: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Of a file that is something else altogether, these say enough. */
const mostListed = 20;

/** The options are invalid: exit code 3, nothing is run and no report is written. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  constructor(readonly violations: readonly Violation[]) {
    const lines = violations.slice(0, mostListed).map(({ path, reason, remedy }) => `${path}: ${reason}; ${remedy}`);
    super([...lines, ...(violations.length > mostListed ? [`and ${violations.length - mostListed} more`] : [])].join("\n"));
  }
}

/** Something could not be measured. The message is one line for people; the verdict is then `unknown`. */
export class Unmeasurable extends Error {
  override readonly name = "Unmeasurable";
}

/** The verifier itself failed, which is no finding. One line, with the place in the code, for those who can fix it. */
export class Defect extends Error {
  override readonly name = "Defect";
  constructor(cause: unknown) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const [, place] = /^ +at .*?([^/\\ (]+:\d+:\d+)\)?$/m.exec((cause as Partial<Error> | undefined)?.stack ?? "") ?? [];
    const where = place === undefined ? "" : ` (${place})`;
    const report = `this is a defect of plano-affinity ${version}: please report this line as an issue of its repository`;
    super(`the verifier failed: ${oneLine(said, 600) || "unknown error"}${where}; ${report}`, { cause });
  }
}

/** Why something failed, in one line and without a stack trace. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return oneLine(text === "" ? "unknown error" : text);
}

/** What cannot be seen or changes the direction of writing, and what text cannot hold; but line breaks and tabs. */
const deceptive = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\ufffe\uffff]/gu;

/** Text of strangers in which nothing deceives or is obeyed: neither a terminal's commands nor characters that nobody sees. */
export function harmless(text: string): string {
  return text.replace(deceptive, "\ufffd");
}

/** In one line: control characters and line breaks become spaces, others that deceive a sign, and `limit` cuts it. */
export function oneLine(text: string, limit = 160): string {
  const flat = harmless(text.replace(/[\p{Cc}\s]+/gu, " ")).trim();
  return flat.length > limit ? `${flat.slice(0, limit - 1)}…` : flat;
}
