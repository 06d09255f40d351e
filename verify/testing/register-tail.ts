import fc from "fast-check";
import type { AnsweredEvent, RegisterEvent } from "../register";
import { legalHistory, models, replicas } from "./register-simulator";

/** A legal history, and after a silence that no pin outlives one more pin: its first requests and its reads. */
export interface Tail {
  readonly lifetimeMs: number;
  readonly toleranceMs: number;
  /** What came before. */
  readonly before: readonly RegisterEvent[];
  /** Requests that were all under way at once; each answers a model of its own or of another. */
  readonly firsts: readonly AnsweredEvent[];
  /** When the first of the firsts was asked, and the last of them answered. */
  readonly begun: number;
  readonly calmFrom: number;
  /** The model that won. */
  readonly settled: string;
  /** Asked after the last of the firsts was answered, answered before the pin can run out; some overlap. */
  readonly reads: readonly AnsweredEvent[];
}

export interface TailShape {
  /** Models among the answers of the first requests. */
  readonly models: number;
  readonly leastReads: number;
  readonly unanswered: boolean;
}

const longestFirsts = 40;

/** @returns tails whose lifetime is longer than the first requests take */
export function tail({ models: count, leastReads, unanswered }: TailShape): fc.Arbitrary<Tail> {
  const lifetimeMs = fc.integer({ min: 200, max: 2_000 });
  const toleranceMs = fc.constantFrom(0, 5);
  return fc.tuple(lifetimeMs, toleranceMs).chain(([lifetimeMs, toleranceMs]) => {
    const duration = fc.nat(longestFirsts);
    const first = fc.record({ replica: fc.constantFrom(...replicas), early: duration, late: duration });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const read = fc.record({
      replica: fc.constantFrom(...replicas),
      at: share,
      takes: share,
      routed: fc.constantFrom(undefined, ...models),
    });
    return fc
      .record({
        before: legalHistory({ lifetimeMs, toleranceMs, unanswered }),
        silence: fc.nat(100),
        firsts: fc.array(first, { minLength: count, maxLength: count + 2 }),
        order: fc.shuffledSubarray([...models], { minLength: count, maxLength: count }),
        winner: fc.nat(count - 1),
        reads: fc.array(read, { minLength: leastReads, maxLength: leastReads + 6 }),
      })
      .map(({ before, silence, firsts, order, winner, reads }): Tail => {
        const last = before.events.reduce((time, { returnedAt }) => Math.max(time, returnedAt), 0);
        const middle = last + lifetimeMs + toleranceMs + 1 + silence + longestFirsts;
        const firstEvents = firsts.map(({ replica, early, late }, i) => ({
          invokedAt: middle - early,
          returnedAt: middle + late,
          replica,
          model: order[i % count] as string,
        }));
        const begun = Math.min(...firstEvents.map(({ invokedAt }) => invokedAt));
        const calmFrom = Math.max(...firstEvents.map(({ returnedAt }) => returnedAt));
        const settled = order[winner] as string;
        // Times strictly between the end of the firsts and the earliest end of the pin.
        const from = calmFrom + 0.25;
        const room = begun + lifetimeMs - toleranceMs - 0.25 - from;
        const readEvents = reads.map(({ replica, at, takes, routed }) => ({
          invokedAt: from + at * room,
          returnedAt: from + at * room + takes * (1 - at) * room,
          replica,
          model: settled,
          ...(routed === undefined ? {} : { routed }),
        }));
        return { ...before, before: before.events, firsts: firstEvents, begun, calmFrom, settled, reads: readEvents };
      });
  });
}

/** The events of a tail, those given in place of its reads. */
export function history({ before, firsts, reads }: Tail, instead: readonly AnsweredEvent[] = reads): RegisterEvent[] {
  return [...before, ...firsts, ...instead];
}
