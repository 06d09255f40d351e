import type { Violation } from "../common/errors";
import { disruptiveOf, whatChanges, type VerifyOptions } from "../options";

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Standard input, which is opened only when it is looked at, and standard error: standard output is for the results. */
export const processTerminal: Terminal = {
  get input() {
    return process.stdin;
  },
  output: process.stderr,
};

/**
 * Whether the deployment may be disturbed, and whether to ask on the terminal first, by what the command line says:
 * `--yes` with a namespace that was typed, or a terminal to ask on.
 */
export function readConsent(
  typed: { readonly yes?: true; readonly namespace?: string },
  { checks, target }: Pick<VerifyOptions, "checks" | "target">,
  { input, output }: Terminal,
  violations: Violation[],
): { readonly allowDisruption: boolean; readonly asksFirst: boolean } {
  const asked = disruptiveOf(checks);
  // That they need a Kubernetes target is said with the other options.
  if (asked.length === 0 || target.kind !== "kubernetes") return { allowDisruption: false, asksFirst: false };
  const namespace = `--namespace ${target.namespace}`;
  if (typed.yes === true && typed.namespace === undefined) {
    const reason = "it acts without asking, so name what it may act on";
    violations.push({ path: "--yes", reason, remedy: `add ${namespace}` });
  }
  if (typed.yes !== true && (input.isTTY !== true || output.isTTY !== true)) {
    const reason = `${whatChanges(asked)} the deployment, and there is no terminal to ask on`;
    violations.push({ path: "--checks", reason, remedy: `add --yes${typed.namespace === undefined ? ` and ${namespace}` : ""}` });
  }
  return { allowDisruption: true, asksFirst: typed.yes !== true };
}

/** Shows what will be done and asks once. Anything but y or yes is a no; so is the end of the input, or an interruption. */
export async function confirm(plan: readonly string[], { input, output }: Terminal, signal: AbortSignal): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  if (signal.aborted) return false;
  // Not in raw mode, so that Ctrl-C reaches the process as a signal.
  const dialogue = createInterface({ input, output, terminal: false });
  const closed = new Promise<string>((resolve) => dialogue.once("close", () => resolve("")));
  try {
    const question = dialogue.question(`${plan.join("\n")}\nContinue? [y/N] `, { signal });
    // It is never answered where the input has ended.
    question.catch(() => undefined);
    return /^y(es)?$/i.test((await Promise.race([question, closed])).trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    dialogue.close();
  }
}
