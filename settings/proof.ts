import { calmChecks, defaultChecks } from "../verify/check-ids";
import { readPrompts } from "../verify/prompts";
import { objectOf } from "./object-setting";
import { integer, jsonOf, oneOf, type Parsed } from "./parsers";

/** The proof at the end of every `up`. */
export interface ProofSettings {
  /** False skips the proof; the stack then says nothing about affinity. */
  readonly enabled: boolean;
  /** Number of sessions; at least 1. */
  readonly sessions: number;
  /** Requests per session; at least 2. */
  readonly rounds: number;
  /** The verifier's checks to run. */
  readonly checks: readonly string[];
  /** Prompts for the proof. Default: the verifier's own; with routes of the user's, prompts that their descriptions suggest. */
  readonly prompts?: readonly string[];
}

/** The proof of a stack that configures none. */
export const defaultProof: ProofSettings = { enabled: true, sessions: 4, rounds: 4, checks: defaultChecks };

export const proof = objectOf<ProofSettings>({
  key: "proof",
  fields: {
    enabled: { parse: oneOf(true, false), example: "true" },
    sessions: { parse: integer(1, 10_000), example: String(defaultProof.sessions) },
    rounds: { parse: integer(2, 1_000), example: String(defaultProof.rounds) },
    checks: { parse: calmOnes },
    prompts: { parse: promptsIn },
  },
  defaults: defaultProof,
});

/** Whether the traces of requests can be looked up: with a collector of the user's, only where that is said. */
export function hasTraces({ otlpEndpoint, tracesUrl }: { readonly otlpEndpoint?: string; readonly tracesUrl?: string }): boolean {
  return otlpEndpoint === undefined || tracesUrl !== undefined;
}

/** The path of a file with at least two prompts, one a line. */
function promptsIn(path: string): Parsed<readonly string[]> {
  try {
    const prompts = [...new Set(readPrompts(path))];
    if (prompts.length < 2) return { reason: `${path} has fewer than two prompts; write one a line` };
    return { value: prompts };
  } catch (error) {
    return { reason: `${path} cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

/** A proof may only run checks that leave the deployment alone. */
function calmOnes(text: string): Parsed<readonly string[]> {
  const checks = jsonOf(text);
  if (!Array.isArray(checks) || checks.length === 0) return { reason: `${text} is not a list of checks` };
  const unknown = checks.filter((check) => !(calmChecks as readonly unknown[]).includes(check));
  return unknown.length === 0
    ? { value: checks as string[] }
    : { reason: `no check is called ${unknown.join(", ")}; there are ${calmChecks.join(", ")}` };
}
