import type { Violation } from "../common/errors";
import { disruptiveOf, whatChanges, type VerifyOptions } from "../options";
import type { Typed } from "./command";

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Standard input and standard error: standard output is for the results. */
export const processTerminal: Terminal = {
  get input() {
    return process.stdin;
  },
  get output() {
    return process.stderr;
  },
};

/** Whether the deployment may be disturbed, and whether to ask on the terminal first. */
export interface Consent {
  readonly allowDisruption: boolean;
  readonly asksFirst: boolean;
}

/**
 * What the command line says: `--yes` with a namespace that was typed, or a terminal to ask on.
 * @param violations takes what is wrong
 */
export function readConsent(
  typed: Pick<Typed, "yes" | "namespace">,
  { checks, target }: Pick<VerifyOptions, "checks" | "target">,
  terminal: Terminal,
  violations: Violation[],
): Consent {
  const asked = disruptiveOf(checks);
  // That they need a Kubernetes target is said with the other options.
  if (asked.length === 0 || target.kind !== "kubernetes") return { allowDisruption: false, asksFirst: false };
  if (typed.yes === true) {
    if (typed.namespace === undefined) {
      violations.push({
        path: "--yes",
        reason: "it acts without asking, so name what it may act on",
        remedy: `add --namespace ${target.namespace}`,
      });
    }
    return { allowDisruption: true, asksFirst: false };
  }
  if (terminal.input.isTTY !== true || terminal.output.isTTY !== true) {
    const namespace = typed.namespace === undefined ? ` and --namespace ${target.namespace}` : "";
    violations.push({
      path: "--checks",
      reason: `${whatChanges(asked)} the deployment, and there is no terminal to ask on`,
      remedy: `add --yes${namespace}`,
    });
  }
  return { allowDisruption: true, asksFirst: true };
}
