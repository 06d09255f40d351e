import type { Verdict } from "../report/report";
import type { Pin, Read } from "./pins";

/** What reads of one pin say. */
export interface PinJudgement {
  readonly pin: Pin;
  readonly verdict: Verdict;
  /** Why it did not pass, in one sentence; empty when it did. */
  readonly why: string;
}

/** Pure: whether each pin was honoured. An answer after the end of a pin's life is no evidence, nor is none at all. */
export function judgeReads(reads: readonly Read[]): PinJudgement[] {
  return [...new Set(reads.map(({ pin }) => pin))].map((pin) =>
    judgePin(
      pin,
      reads.filter((read) => read.pin === pin),
    ),
  );
}

/** Pure: the first pin that is worse off than the others, if one did not pass. */
export function worstOf(judgements: readonly PinJudgement[]): (PinJudgement & { readonly others: number }) | undefined {
  for (const verdict of ["fail", "unknown"] as const) {
    const [first, ...more] = judgements.filter((it) => it.verdict === verdict);
    if (first !== undefined) return { ...first, others: more.length };
  }
  return undefined;
}

function judgePin(pin: Pin, reads: readonly Read[]): PinJudgement {
  const { session, writer, model } = pin;
  const exchanges = reads.map(({ exchange }) => exchange).filter(({ answeredAt }) => answeredAt < session.pinnedUntil);
  for (const { answer, replica } of exchanges) {
    if (answer.kind === "failure" || answer.model === model) continue;
    const why = `${session.id}: ${replica.name} answered ${answer.model}, although ${writer.name} had answered ${model}`;
    return { pin, verdict: "fail", why };
  }
  for (const { answer, replica } of exchanges) {
    if (answer.kind === "model") continue;
    return { pin, verdict: "unknown", why: `${session.id} was not answered by ${replica.name}: ${answer.reason}` };
  }
  if (exchanges.length === reads.length) return { pin, verdict: "pass", why: "" };
  return { pin, verdict: "unknown", why: `the pin of ${session.id} may have run out before it was read (--ttl)` };
}
