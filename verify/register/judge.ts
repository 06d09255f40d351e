import {
  type AnsweredEvent,
  duration,
  pinLives,
  type Lifetime,
  type RegisterEvent,
  type RegisterJudgement,
  type RegisterViolation,
  type SettledPeriod,
} from "./event";

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
 * Where the lifetime is *sliding* (Plano 0.4.28 and later), a request that finds a pin writes the same once more, at any
 * time until its answer. That begins the pin's life anew, and may bring back what another has overwritten meanwhile: only
 * when all requests have returned that were under way with the first ones, every later one is answered with one model.
 *
 * A legal history is never accused, if the register was empty before it and `routed` is right where it speaks against a
 * model that was answered before. What is wrong is said once: an answer that has been accused counts as a pin from then on.
 * It does not try all orders, so that contradictions among overlapping writers, or around a pin's end, may be missed.
 */
export function judgeRegister(history: readonly RegisterEvent[], lifetime: Lifetime): RegisterJudgement {
  const { bursts, wild, unsourced } = sweep(history, lifetime);
  const answered = history.filter(isAnswered).sort((a, b) => a.invokedAt - b.invokedAt);
  for (const event of answered) burstBefore(bursts, event).answers.push(event);
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
  for (const { to, answers, accused } of bursts) {
    const reads = answers.filter(({ invokedAt, model }) => invokedAt > to && !accused.has(model));
    const [first] = reads;
    if (first === undefined) continue;
    const latest = Math.max(...reads.map(({ returnedAt }) => returnedAt));
    const { length } = wild.filter((from) => from <= latest);
    // Readers under way write back what an unanswered request has overwritten: no number of changes is too many.
    const writers = lifetime.sliding === true && length > 0 ? Infinity : length;
    changes += changesNeeded(reads);
    if (changes > writers) {
      violations.push(disagreement(reads, to, lifetime));
      changes = writers;
    } else if (reads.every(({ model }) => model === first.model)) {
      settled.push({ model: first.model, since: to, reads });
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

/** When a model can have been written as a pin. */
interface Write {
  readonly model: string;
  readonly from: number;
  readonly to: number;
}

/** A reader's answer that was no pin's at the time. */
interface Unsourced {
  readonly event: AnsweredEvent;
  readonly possible: readonly string[];
  /** When its answer's pin must have run out; undefined when there was none. */
  readonly ranOutAt: number | undefined;
}

/**
 * Pure: follows a history in time. What is known at any moment is until when a pin must be there: a replica that
 * answered a model had found or written its pin, which cannot be older than the first request that may have written that
 * model, and so lives at least that long. A request that is sent and answered within that time cannot have written.
 */
function sweep(history: readonly RegisterEvent[], { lifetimeMs, toleranceMs, sliding = false }: Lifetime) {
  const longest = lifetimeMs + toleranceMs;
  const bursts: Burst[] = [];
  /** From when on each unanswered request can have written. */
  const wild: number[] = [];
  const unsourced: Unsourced[] = [];
  const writes: Write[] = [];
  /** By readers, of a pin that nobody is known to have written who was before them. */
  const groundless: Write[] = [];
  const answered = new Set<string>();
  /** From the answers so far until then, a pin must be there. */
  let presentUntil = -Infinity;
  /** When the last of the requests so far that are answered returns. */
  let busyUntil = -Infinity;

  const write = (one: Write, into = writes): void => {
    into.push(one);
    const canFollow = ({ model, from, to }: Write): boolean =>
      writes.some((other) => other.model === model && other.from <= to && other.to + longest >= from);
    for (let at; (at = groundless.findIndex(canFollow)) >= 0;) writes.push(...groundless.splice(at, 1));
  };

  const onRequest = (event: RegisterEvent): void => {
    const { invokedAt, returnedAt, routed } = event;
    const from = Math.max(invokedAt, presentUntil);
    // Also while there is a pin a reader writes, where its life slides.
    const writesFrom = sliding ? invokedAt : from;
    if (!isAnswered(event)) {
      wild.push(writesFrom);
      return;
    }
    const { model } = event;
    busyUntil = Math.max(busyUntil, returnedAt);
    // A pin must be there, or routing would have chosen another model: it has found a pin.
    const found = returnedAt < presentUntil || (routed !== undefined && routed !== model && answered.has(model));
    if (found && !sliding) return;
    write({ model, from: writesFrom, to: returnedAt }, found ? groundless : writes);
    const last = bursts.at(-1);
    if (last !== undefined && writesFrom <= last.to) last.to = Math.max(last.to, returnedAt);
    else if (!found) bursts.push({ from, to: sliding ? busyUntil : returnedAt, answers: [], accused: new Set() });
  };

  const onAnswer = (event: AnsweredEvent): void => {
    const { model, invokedAt, returnedAt } = event;
    // The oldest pin that can still have been there.
    const oldest = invokedAt - longest;
    const possible = writes.filter(({ from, to }) => from <= returnedAt && to >= oldest);
    const own = possible.filter((write) => write.model === model).map(({ from }) => from);
    let since = Math.min(...own, ...wild.filter((from) => from <= returnedAt));
    if (since === Infinity) {
      const latest = Math.max(...writes.filter((write) => write.model === model).map(({ to }) => to));
      const ranOutAt = latest > -Infinity && latest < oldest ? latest + longest : undefined;
      unsourced.push({ event, possible: [...new Set(possible.map((write) => write.model))], ranOutAt });
      // It is accused once; from here on it counts as a pin, so that those who agree with it are left alone.
      write({ model, from: invokedAt, to: returnedAt });
      since = invokedAt;
    }
    if (sliding) since = invokedAt;
    answered.add(model);
    presentUntil = Math.max(presentUntil, since + lifetimeMs - toleranceMs);
  };

  // At the very same time requests come first: the events are taken for concurrent.
  const moments = [
    ...history.map((event) => ({ at: event.invokedAt, happen: () => onRequest(event) })),
    ...history.filter(isAnswered).map((event) => ({ at: event.returnedAt, happen: () => onAnswer(event) })),
  ];
  for (const { happen } of moments.sort((a, b) => a.at - b.at)) happen();
  return { bursts, wild, unsourced };
}

function isAnswered(event: RegisterEvent): event is AnsweredEvent {
  return event.model !== undefined;
}

/** The last burst that began before the event was answered. The first request that was answered can have begun one. */
function burstBefore(bursts: readonly Burst[], { returnedAt }: AnsweredEvent): Burst {
  return bursts.findLast(({ from }) => from <= returnedAt) as Burst;
}

/** Pure: how often a value must have changed for all of these to be answered; it may have been more often. */
function changesNeeded(reads: readonly AnsweredEvent[]): number {
  const models = new Set(reads.map(({ model }) => model));
  const sorted = [...reads].sort((a, b) => a.returnedAt - b.returnedAt);
  // Answers that came one strictly after another, each another than the one before, by the model of the first of them.
  const turns = [...models].map((first) => {
    let last: AnsweredEvent | undefined;
    let count = 0;
    for (const read of sorted) {
      if (last === undefined ? read.model !== first : read.model === last.model || read.invokedAt <= last.returnedAt) continue;
      last = read;
      count++;
    }
    return count;
  });
  return Math.max(...turns, models.size) - 1;
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
  if (foreign || possible.length !== 1) {
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

/** Answers, by the time of their request, that differ although no pin can have been written since `settledAt`. */
function disagreement(answers: readonly AnsweredEvent[], settledAt: number, lifetime: Lifetime): RegisterViolation {
  const firstOf = (replica: string) => answers.find((event) => event.replica === replica);
  const turned = answers.find(({ replica, model }) => firstOf(replica)?.model !== model);
  const other = (turned === undefined ? answers[0] : firstOf(turned.replica)) as AnsweredEvent;
  const accused = (turned ?? answers.find(({ model }) => model !== other.model)) as AnsweredEvent;
  const when = `${duration(Math.max(0, accused.invokedAt - settledAt))} after the pin had settled`;
  const sentence =
    turned === undefined
      ? `replicas disagree: ${other.replica} answered ${other.model} and ${accused.replica} ${accused.model}, ${when}`
      : `${accused.replica} answered ${accused.model} ${when}, ` +
        `although it had answered ${other.model} and ${pinLives(lifetime)}`;
  return { kind: turned === undefined ? "split" : "changed", sentence, events: [other, accused] };
}
