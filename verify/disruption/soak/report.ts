import type { SoakOptions } from "./options";
import { factsOf, judgeSoak, nothing, type SoakOutcome } from "./verdict";

export type SoakReport = ReturnType<typeof soakReport>;

export interface SoakHead {
  /** ISO 8601. */
  readonly startedAt: string;
  /** What was soaked, in words, without credentials. */
  readonly target: string;
  /** Address of the service; empty when none was found. */
  readonly service: string;
}

/** Pure: the report. @param outcome or why nothing was measured */
export function soakReport(
  head: SoakHead,
  options: SoakOptions,
  durationMs: number,
  interrupted: boolean,
  outcome: SoakOutcome | string,
) {
  const [measured, problem] = typeof outcome === "string" ? [nothing, outcome] : [outcome];
  const facts = factsOf(options, durationMs, measured);
  const judgement = judgeSoak(facts, { interrupted, problem });
  return { schema: "plano-affinity/soak/v1", ...judgement, ...head, ...facts, violations: measured.tally.examples } as const;
}

/** The process exit code for a report: 0 pass, 1 fail, 2 unknown. */
export function soakExitCode({ verdict }: Pick<SoakReport, "verdict">): 0 | 1 | 2 {
  return verdict === "pass" ? 0 : verdict === "fail" ? 1 : 2;
}
