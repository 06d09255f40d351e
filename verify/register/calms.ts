import type { AnsweredEvent, RegisterEvent, SettledPeriod } from "./event";
import { firstIndex, isAnswered, type Sweep, type Window } from "./sweep";

export interface Disagreement {
  readonly burst: number;
  readonly reads: readonly AnsweredEvent[];
}

export interface Calms {
  readonly settled: readonly SettledPeriod[];
  readonly disagreements: readonly Disagreement[];
}

/**
 * Pure: in a calm no answered request can have written, so that all answers agree, but for one change by each
 * unanswered request, once in the history.
 * @param accused events whose models are not counted any more in the calm after the same burst
 */
export function judgeCalms(swept: Sweep, bursts: Bursts, accused: readonly AnsweredEvent[]): Calms {
  const settled: SettledPeriod[] = [];
  const disagreements: Disagreement[] = [];
  const accusedIn = new Set(accused.map((event) => `${bursts.before(event)} ${event.model}`));
  let changes = 0;
  let wild = 0;
  for (const [burst, all] of readsInCalm(swept, bursts)) {
    const reads = all.filter(({ model }) => !accusedIn.has(`${burst} ${model}`));
    const [first] = reads;
    if (first === undefined) continue;
    const latest = reads.reduce((time, { returnedAt }) => Math.max(time, returnedAt), 0);
    while ((swept.wild[wild] ?? Infinity) <= latest) wild++;
    changes += changesNeeded(reads);
    if (changes > wild) {
      disagreements.push({ burst, reads });
      changes = wild;
    } else if (reads.every(({ model }) => model === first.model)) {
      const since = bursts.all[burst]?.to ?? first.invokedAt;
      settled.push({ model: first.model, since, until: bursts.all[burst + 1]?.from, reads });
    }
  }
  return { settled, disagreements };
}

/** Those that were asked and answered between two bursts, by the burst before them: only readers can be. */
function readsInCalm({ events }: Sweep, bursts: Bursts): Map<number, AnsweredEvent[]> {
  const calms = new Map<number, AnsweredEvent[]>();
  for (const event of events) {
    if (!isAnswered(event)) continue;
    const burst = bursts.before(event);
    if (!bursts.isOver(burst, event)) continue;
    const reads = calms.get(burst) ?? [];
    if (reads.length === 0) calms.set(burst, reads);
    reads.push(event);
  }
  return calms;
}

/** A time in which answered requests can have written, without a gap. Milliseconds. */
export interface Burst {
  readonly from: number;
  readonly to: number;
  readonly writers: readonly AnsweredEvent[];
}

export class Bursts {
  readonly all: readonly Burst[];

  constructor(windows: readonly Window[]) {
    const bursts: { from: number; to: number; writers: AnsweredEvent[] }[] = [];
    for (const { event, from, to } of windows) {
      const last = bursts.at(-1);
      if (last === undefined || from > last.to) bursts.push({ from, to, writers: [event] });
      else {
        last.to = Math.max(last.to, to);
        last.writers.push(event);
      }
    }
    this.all = bursts;
  }

  /** The last burst that began before the event was answered; -1 when there is none. O(log n). */
  before({ returnedAt }: RegisterEvent): number {
    return firstIndex(this.all.length, (i) => (this.all[i]?.from ?? 0) > returnedAt) - 1;
  }

  /** Whether the burst was over when the event was asked: no answered request can have written meanwhile. */
  isOver(burst: number, { invokedAt }: RegisterEvent): boolean {
    return (this.all[burst]?.to ?? Infinity) < invokedAt;
  }
}

/**
 * Pure: how often a value must have changed at least for all of these to be answered. O(n log n), for a number of
 * models that does not grow.
 * @param reads by the time of their request
 */
function changesNeeded(reads: readonly AnsweredEvent[]): number {
  const byAnswer = reads.map((event, index) => ({ event, index })).sort((a, b) => a.event.returnedAt - b.event.returnedAt);
  // Of the answers that came one strictly after another, the longest chain of alternating ones that ends with the model.
  const longest = new Map<string, number>();
  const chains: number[] = [];
  let answers = 0;
  for (const { model, invokedAt } of reads) {
    for (; answers < byAnswer.length; answers++) {
      const earlier = byAnswer[answers];
      if (earlier === undefined || earlier.event.returnedAt >= invokedAt) break;
      longest.set(earlier.event.model, Math.max(longest.get(earlier.event.model) ?? 0, chains[earlier.index] ?? 0));
    }
    let chain = longest.get(model) ?? 1;
    for (const [other, length] of longest) if (other !== model) chain = Math.max(chain, length + 1);
    chains.push(chain);
  }
  const models = new Set(reads.map(({ model }) => model)).size;
  return (
    Math.max(
      models,
      chains.reduce((most, chain) => Math.max(most, chain), 0),
      1,
    ) - 1
  );
}
