import {
  type AnsweredEvent,
  duration,
  type Lifetime,
  type RegisterEvent,
  type RegisterJudgement,
  type RegisterViolation,
  type SettledPeriod,
} from "./event";
import { firstIndex, isAnswered, momentsOf, sweep, type Unsourced, type Window } from "./sweep";

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
  const { windows, wild, unsourced } = sweep(history, lifetime);
  const bursts = burstsOf(windows, history.filter(isAnswered));
  const violations: RegisterViolation[] = [];
  for (const one of unsourced) {
    const burst = burstBefore(bursts, one.event);
    violations.push(unsourcedAnswer(one, burst, lifetime));
    burst.accused.add(one.event.model);
  }

  // In a calm no answered request can have written, so that all answers agree, but for one change by each unanswered
  // request, once in the history.
  const settled: SettledPeriod[] = [];
  let changes = 0;
  let writers = 0;
  for (const [i, { to, answers, accused }] of bursts.entries()) {
    const reads = answers.filter(({ invokedAt, model }) => invokedAt > to && !accused.has(model));
    const [first] = reads;
    if (first === undefined) continue;
    const latest = reads.reduce((time, { returnedAt }) => Math.max(time, returnedAt), 0);
    while ((wild[writers] ?? Infinity) <= latest) writers++;
    changes += changesNeeded(reads);
    if (changes > writers) {
      violations.push(disagreement(reads, to, lifetime));
      changes = writers;
    } else if (reads.every(({ model }) => model === first.model)) {
      settled.push({ model: first.model, since: to, until: bursts[i + 1]?.from, reads });
    }
  }
  const accusedAt = ({ events }: RegisterViolation): number => events.at(-1)?.invokedAt ?? 0;
  return { violations: violations.sort((a, b) => accusedAt(a) - accusedAt(b)), settled };
}

/** A time in which answered requests can have written, without a gap. Milliseconds. After it comes a calm. */
interface Burst {
  readonly from: number;
  to: number;
  /** The answers from its beginning to that of the next burst, by the time of their request. */
  readonly answers: AnsweredEvent[];
  /** Models that are not counted any more in the calm. */
  readonly accused: Set<string>;
}

/** @param answered not none without a window: the first request that was answered can have written */
function burstsOf(windows: readonly Window[], answered: readonly AnsweredEvent[]): readonly Burst[] {
  const bursts: Burst[] = [];
  for (const { from, to } of windows) {
    const last = bursts.at(-1);
    if (last === undefined || from > last.to) bursts.push({ from, to, answers: [], accused: new Set() });
    else last.to = Math.max(last.to, to);
  }
  for (const event of [...answered].sort((a, b) => a.invokedAt - b.invokedAt)) burstBefore(bursts, event).answers.push(event);
  return bursts;
}

/** The last burst that began before the event was answered. O(log n). */
function burstBefore(bursts: readonly Burst[], { returnedAt }: AnsweredEvent): Burst {
  return bursts[firstIndex(bursts, ({ from }) => from > returnedAt) - 1] as Burst;
}

/**
 * Pure: how often a value must have changed at least for all of these to be answered. O(n log n), for a number of
 * models that does not grow.
 */
function changesNeeded(reads: readonly AnsweredEvent[]): number {
  // Of the answers that came one strictly after another, the longest chain of alternating ones that ends with the model.
  const longest = new Map<string, number>();
  const chains = new Map<AnsweredEvent, number>();
  let most = new Set(reads.map(({ model }) => model)).size;
  for (const { isAnswer, event } of momentsOf(reads)) {
    const { model } = event;
    if (isAnswer) {
      longest.set(model, Math.max(longest.get(model) ?? 0, chains.get(event) ?? 0));
      continue;
    }
    let chain = longest.get(model) ?? 1;
    for (const [other, length] of longest) if (other !== model) chain = Math.max(chain, length + 1);
    chains.set(event, chain);
    most = Math.max(most, chain);
  }
  return most - 1;
}

/** An answer that was no pin's at the time, in words. */
function unsourcedAnswer({ event, possible, ranOutAt }: Unsourced, burst: Burst, lifetime: Lifetime): RegisterViolation {
  const { replica, model, routed, invokedAt, returnedAt } = event;
  const foreign = routed !== undefined && routed !== model;
  if (foreign && ranOutAt !== undefined) {
    const sentence =
      `${replica} still answered ${model} ${duration(invokedAt - ranOutAt)} after its pin must have run out ` +
      `(it lives ${duration(lifetime.lifetimeMs)}), to a prompt that unpinned routing sends to ${routed}`;
    return { kind: "outlived", sentence, events: [event] };
  }
  const [pinned] = possible;
  if (foreign || possible.length !== 1 || pinned === undefined) {
    const pins = possible.length === 0 ? "there was no pin any more" : `the pin can only have been ${possible.join(" or ")}`;
    const routing = foreign ? `, and unpinned routing sends the prompt to ${routed}` : "";
    return { kind: "invented", sentence: `${replica} answered ${model}, but ${pins}${routing}`, events: [event] };
  }
  // Those under way at the same time count too: where the pin was lost, its own writer answers another model as well.
  const answers = burst.answers.filter(
    (other) =>
      other.invokedAt <= returnedAt && (other.model === pinned || (other.model === model && other.returnedAt >= returnedAt)),
  );
  return disagreement(answers, burst.to, lifetime);
}

/**
 * Answers that differ although no pin can have been written, in words.
 * @param answers by the time of their request, naming two models or more
 * @param settledAt when the last pin can have been written before
 */
function disagreement(answers: readonly AnsweredEvent[], settledAt: number, { lifetimeMs }: Lifetime): RegisterViolation {
  const [first] = answers;
  const ownFirst = new Map<string, AnsweredEvent>();
  for (const event of answers) if (!ownFirst.has(event.replica)) ownFirst.set(event.replica, event);
  const turned = answers.find(({ replica, model }) => ownFirst.get(replica)?.model !== model);
  const accused = turned ?? answers.find(({ model }) => model !== first?.model);
  const other = turned === undefined ? first : ownFirst.get(turned.replica);
  if (accused === undefined || other === undefined) throw new Error("there is no disagreement to put into words");
  const when = `${duration(Math.max(0, accused.invokedAt - settledAt))} after the pin had settled`;
  const events = [other, accused];
  if (turned === undefined) {
    const sentence = `replicas disagree: ${other.replica} answered ${other.model} and ${accused.replica} ${accused.model}, ${when}`;
    return { kind: "split", sentence, events };
  }
  const sentence =
    `${turned.replica} answered ${turned.model} ${when}, ` +
    `although it had answered ${other.model} and a pin lives ${duration(lifetimeMs)}`;
  return { kind: "changed", sentence, events };
}
