import type { PinKind, Report, Verdict, VerifyOptions } from "../../verify";
import type { FaultName } from "../../standin/fault-names";
import type { CheckId } from "../../verify/check-ids";

/** What the verifier must say of a gateway with a bug: a line of the table. */
export interface Mutation {
  readonly fault: FaultName;
  /** Default `fixed`. */
  readonly pins?: PinKind;
  /** The checks that must name the bug, and what each says. */
  readonly named: Readonly<Partial<Record<CheckId, RegExp>>>;
  /** Checks that fail or are unknown as well, or are not, as chance has it: requests of a run overlap. */
  readonly chance?: readonly CheckId[];
  /** Why the checks that name it can say no more than `unknown`, where a bug leaves nothing to measure. Absent: they fail. */
  readonly unknownBecause?: string;
  /** Why it is not played on two processes, and where it is shown instead. */
  readonly shownElsewhere?: string;
  /** Checks that are run; default: those that the verifier runs by default, without `race`. */
  readonly checks?: readonly CheckId[];
  /** What the run needs beyond the defaults. The gateway gets the same lifetime of pins and the same tenant header. */
  readonly options?: Partial<Pick<VerifyOptions, "sessions" | "rounds" | "ttlSeconds" | "tenant">>;
}

type CheckReport = Report["checks"][number];

/** What a check said. */
export type Said = Pick<CheckReport, "id" | "verdict" | "summary"> & Partial<Pick<CheckReport, "evidence">>;

/** What the verifier said of a gateway with a bug. */
export interface Outcome extends Pick<Report, "verdict" | "reason"> {
  readonly checks: readonly Said[];
}

/** The verdict of the checks that name a mutation, and so of the run. */
export function expectedVerdict({ unknownBecause }: Mutation): Verdict {
  return unknownBecause === undefined ? "fail" : "unknown";
}

/** The fault, with the kind of pins where they are anchored. */
export function titleOf({ fault, pins }: Mutation): string {
  return pins === "anchored" ? `${fault} (anchored)` : fault;
}

/** The checks that must name a mutation, in order. */
export function namers({ named }: Mutation): readonly CheckId[] {
  return Object.keys(named) as CheckId[];
}

/** Pure: how an outcome differs from the table: checks that are not named, or left to chance, must pass. */
export function shortcomings(mutation: Mutation, outcome: Outcome): string[] {
  const wanted = expectedVerdict(mutation);
  const missing: string[] = [];
  if (outcome.verdict !== wanted) missing.push(`the run's verdict is ${outcome.verdict}, not ${wanted}`);
  for (const id of namers(mutation)) {
    const said = outcome.checks.find((check) => check.id === id);
    if (said === undefined) missing.push(`${id} was not run`);
    else if (said.verdict !== wanted) missing.push(`${id} says ${said.verdict}, not ${wanted}: ${said.summary}`);
    else if (mutation.named[id]?.test(said.summary) !== true) missing.push(`${id} says something else: ${said.summary}`);
  }
  const mayAccuse: readonly string[] = [...namers(mutation), ...(mutation.chance ?? [])];
  if (!mayAccuse.some((id) => outcome.reason?.startsWith(`${id}: `) === true)) {
    missing.push(`the run's reason quotes none of them: ${outcome.reason}`);
  }
  for (const { id, verdict, summary } of outcome.checks) {
    if (verdict !== "pass" && !mayAccuse.includes(id)) missing.push(`${id} says ${verdict} and should not: ${summary}`);
  }
  return missing;
}
