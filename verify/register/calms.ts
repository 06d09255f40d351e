import type { Bursts } from "./bursts";
import { changesNeeded } from "./bursts";
import type { AnsweredEvent, SettledPeriod } from "./event";
import { isAnswered, type Sweep } from "./sweep";

/** Reads of one calm that cannot all be right. */
export interface Disagreement {
  readonly burst: number;
  readonly reads: readonly AnsweredEvent[];
}

/** What was read in the calms between bursts. */
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
  for (const { event } of events) {
    if (!isAnswered(event)) continue;
    const burst = bursts.before(event);
    if (!bursts.isOver(burst, event)) continue;
    const reads = calms.get(burst) ?? [];
    if (reads.length === 0) calms.set(burst, reads);
    reads.push(event);
  }
  return calms;
}
