import { Blame } from "./blame";
import { Bursts, judgeCalms } from "./calms";
import type { Lifetime, RegisterEvent, RegisterJudgement } from "./event";
import { sweep } from "./sweep";

/**
 * Pure: judges the history of one session as that of a *write-once register with a lifetime*, which is what a pin in
 * Redis is. Plano 0.4.27 serves a request by GET; where that finds nothing it routes, writes what came out with
 * `SET … EX`, and answers it; the three are not atomic. So:
 *
 * - Requests that were under way before the first answer of a session may each have found no pin. Their answers may
 *   differ; the last to write wins.
 * - Once all of them have returned, every request is answered with one model, that of one of them, until the earliest
 *   time at which the pin can run out. Answers while they were under way are those of one of them.
 * - Around that time a request may find the pin or write a new one. After the latest such time it must be routed.
 * - A request without an answer may write anything once, at any later time.
 *
 * A legal history is never accused, if the register was empty before it and `routed` is right. What is wrong is said
 * once: an answer that has been accused counts as a pin from then on. O(n log n) for a few models.
 */
export function judgeRegister(history: readonly RegisterEvent[], lifetime: Lifetime): RegisterJudgement {
  const swept = sweep(history, lifetime);
  const bursts = new Bursts(swept.windows);
  const blame = new Blame(swept, bursts, lifetime);
  const accused = swept.unsourced.map(({ event }) => event);
  const { settled, disagreements } = judgeCalms(swept, bursts, accused);
  const violations = [
    ...swept.unsourced.map((unsourced) => blame.unsourced(unsourced)),
    ...disagreements.map((disagreement) => blame.disagreeing(disagreement)),
  ];
  const accusedAt = (violation: (typeof violations)[number]): number => violation.events.at(-1)?.invokedAt ?? 0;
  return {
    violations: violations.sort((a, b) => accusedAt(a) - accusedAt(b)),
    settled,
  };
}
