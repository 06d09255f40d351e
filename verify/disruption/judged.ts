import type { Verdict } from "../report/report";
import type { Replica } from "../history";
import { judgeReads, worstOf, type PinJudgement } from "./judge-reads";
import type { Pin, Pins } from "./pins";

/** A verdict and what it rests on, in one sentence. */
export interface Judged {
  readonly verdict: Verdict;
  readonly summary: string;
}

/**
 * Reads pins through all replicas and judges them.
 * @param expected pins that were to be begun: one that was not is no pass
 * @param lost says of a lost pin which it is, e.g. `a pin of before was lost`
 * @param judgements takes what is found of each pin
 * @returns undefined when all were honoured
 */
export async function judgePins(
  pins: Pins,
  begun: readonly Pin[],
  replicas: readonly Replica[],
  {
    expected,
    lost,
    judgements,
  }: {
    readonly expected: number;
    readonly lost: (pin: Pin) => string;
    readonly judgements?: PinJudgement[];
  },
): Promise<Judged | undefined> {
  const found = judgeReads(await pins.readAll(begun, replicas));
  judgements?.push(...found);
  const worst = worstOf(found);
  const more = worst === undefined || worst.others === 0 ? "" : ` (and ${worst.others} more sessions)`;
  if (worst?.verdict === "fail") return { verdict: "fail", summary: `${lost(worst.pin)}: ${worst.why}${more}` };
  if (worst !== undefined) return { verdict: "unknown", summary: `${worst.why}${more}` };
  if (begun.length < expected) {
    return {
      verdict: "unknown",
      summary: `${expected - begun.length} of ${expected} sessions were not answered when they began`,
    };
  }
  if (replicas.length < 2) return { verdict: "unknown", summary: `only ${replicas.length} replicas can be asked` };
  return undefined;
}
