import { modelsOf, pinnedModel, type Session } from "../history";
import type { Verdict } from "../report/report";
import type { PromptChoice } from "./plan";

export interface SessionJudgement {
  readonly verdict: Verdict;
  readonly why?: string;
  /** Ordered pairs of replica names, writer and reader, that the session shows to agree. */
  readonly pairs: readonly (readonly [string, string])[];
  /** It got another model, which an older pin may account for. Default false. */
  readonly isDoubtful?: boolean;
}

/**
 * Pure: judges one session by its exchanges.
 *
 * @param freshnessKnown whether `session.pinnedUntil` can be relied on: else a pin of an earlier run may have run out in
 *   between, which changes the model once and no more
 */
export function judgeSession(session: Session, choice: PromptChoice, freshnessKnown = true): SessionJudgement {
  const [first, ...followUps] = session.exchanges;
  const pinned = pinnedModel(session);
  if (first === undefined) return { verdict: "unknown", why: `${session.id} was not played`, pairs: [] };
  if (pinned === undefined) {
    return { verdict: "unknown", why: `${session.id}: ${unanswered(session)}`, pairs: [] };
  }
  const fail = (why: string): SessionJudgement => ({ verdict: "fail", why: `${session.id}: ${why}`, pairs: [] });
  // An attempt that seemed lost may have made the pin.
  const isFresh = freshnessKnown && !session.continued && first.attempts === 1;
  if (isFresh && first.answer.kind === "model" && first.answer.saysPinned === true)
    return fail(`${first.replica.name} says in its answer that a pin was used in round 1, before there was one`);
  const pairs: (readonly [string, string])[] = [];
  for (const [k, { replica, answer, answeredAt, prompt }] of followUps.entries()) {
    if (answer.kind === "failure" || answeredAt >= session.pinnedUntil) continue;
    if (answer.model !== pinned) {
      const why =
        `${session.id}: ${replica.name} answered ${answer.model} in round ${k + 2}, ` +
        `although ${first.replica.name} had answered ${pinned} in round 1`;
      if (freshnessKnown || changesOfModel(session) > 1) return { verdict: "fail", why, pairs: [] };
      return { verdict: "unknown", why: `${why}; ${olderPin}`, pairs: [], isDoubtful: true };
    }
    if (answer.saysPinned === false && freshnessKnown)
      return fail(
        `${replica.name} does not say in its answer that a pin was used in round ${k + 2}, although it answered ${pinned}`,
      );
    if (choice.showsPin(prompt, pinned)) pairs.push([first.replica.name, replica.name]);
  }
  if (isCutOff(session)) return { verdict: "unknown", why: `${session.id}: ${unanswered(session)}`, pairs };
  if (pairs.length > 0) return { verdict: "pass", pairs };
  const outlived = followUps.some(({ answeredAt }) => answeredAt >= session.pinnedUntil);
  const why = outlived ? "its pin may have run out before it was read" : "no follow-up would have been routed elsewhere";
  return { verdict: "unknown", why: `${session.id} was not tested: ${why}`, pairs };
}

/** Where Redis cannot tell whether a session began with a pin. */
export const olderPin = "a pin of an earlier run may have run out, and there is no Redis to tell: use another --session-prefix";

export function changesOfModel(session: Session): number {
  const models = modelsOf(session);
  return models.filter((model, i) => i > 0 && model !== models[i - 1]).length;
}

export function isCutOff(session: Session): boolean {
  return session.exchanges.some(({ answer }) => answer.kind === "failure");
}

function unanswered(session: Session): string {
  const at = session.exchanges.findIndex(({ answer }) => answer.kind === "failure");
  const exchange = session.exchanges[at];
  if (exchange?.answer.kind !== "failure") return "not answered";
  return `round ${at + 1} was not answered by ${exchange.replica.name}: ${exchange.answer.reason}`;
}

/** Whether the session seems to have been pinned before the run: its first answer is not what unpinned routing gives. */
export function seemsContinued(session: Session, choice: PromptChoice): boolean {
  const [first] = session.exchanges;
  const expected = first === undefined ? undefined : choice.modelOf(first.prompt);
  const pinned = pinnedModel(session);
  return expected !== undefined && pinned !== undefined && pinned !== expected;
}
