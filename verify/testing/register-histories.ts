import fc from "fast-check";
import type { AnsweredEvent, Lifetime, RegisterEvent } from "../register";

const models = ["m0", "m1", "m2", "m3"] as const;
export const replicas = ["a", "b", "c"] as const;

type Drawn<T> = T extends fc.Arbitrary<infer U> ? U : never;

/** A history that a register can have. */
export interface Simulated extends Lifetime {
  readonly events: readonly RegisterEvent[];
}

/** One request to a simulated register: when it does what. */
type Operation = Drawn<ReturnType<typeof operation>>;

function operation({ horizon, toleranceMs, unanswered, longestPart }: Drawn<ReturnType<typeof shape>>) {
  const part = fc.nat(longestPart);
  // What is not answered is given up at any time: its GET and its SET come as late as they like, or its SET is lost.
  const fate = fc.oneof(
    { weight: 8, arbitrary: fc.constant("answered" as const) },
    { weight: unanswered ? 1 : 0, arbitrary: fc.constantFrom("late" as const, "lost" as const) },
  );
  return fate.chain((fate) => {
    const wait = fate === "answered" ? part : fc.tuple(part, fc.oneof(fc.constant(0), fc.nat(horizon))).map(([a, b]) => a + b);
    return fc.record({
      invokedAt: fc.nat(horizon),
      // From the request to the GET, from there to the SET where nothing was found, from there to the answer.
      toGet: wait,
      toSet: wait,
      toReturn: wait,
      /** Whether it still finds a pin that runs out at the same time. */
      findsLast: fc.boolean(),
      replica: fc.constantFrom(...replicas),
      routed: fc.constantFrom(...models),
      routedKnown: fc.boolean(),
      /** By how much the pin that it writes lives longer or shorter. */
      drift: fc.integer({ min: -toleranceMs, max: toleranceMs }),
      fate: fc.constant(fate),
    });
  });
}

/** Requests of a history. Times are whole milliseconds, so that many coincide. */
function shape(unanswered: fc.Arbitrary<boolean>, lifetimeMs: fc.Arbitrary<number>, sliding: boolean) {
  return fc.record({
    ...{ lifetimeMs, toleranceMs: fc.constantFrom(0, 0, 5), sliding: fc.constant(sliding) },
    // How readers prolong a pin that slides: by a SET of what they found, or at once with their GET.
    writesBack: fc.boolean(),
    // Requests come within this time.
    horizon: fc.integer({ min: 5, max: 1_500 }),
    // Whether some are not answered.
    unanswered,
    // Longest time of each of the three parts of a request.
    longestPart: fc.constantFrom(0, 2, 10, 40, 200),
  });
}

/** Histories of every kind: long and short lifetimes against the requests, many and few of them, several pins. */
export function legalHistory(
  sliding: boolean,
  unanswered = fc.boolean(),
  lifetimeMs = fc.integer({ min: 1, max: 500 }),
  maxLength = 60,
): fc.Arbitrary<Simulated> {
  return shape(unanswered, lifetimeMs, sliding).chain((drawn) =>
    fc.array(operation(drawn), { minLength: 1, maxLength, size: "max" }).map((operations) => simulate(operations, drawn)),
  );
}

/** Plays operations on a register that starts empty, in the order of their GETs and SETs. */
function simulate(operations: readonly Operation[], drawn: Required<Lifetime> & { readonly writesBack: boolean }): Simulated {
  const { lifetimeMs, toleranceMs, sliding, writesBack } = drawn;
  const steps = operations.flatMap((operation) => {
    const at = operation.invokedAt + operation.toGet;
    return [{ operation, does: "get", at } as const, { operation, does: "set", at: at + operation.toSet } as const];
  });
  let pin = { model: "", expiresAt: -Infinity };
  const found = new Map<Operation, string>();
  for (const { operation, does, at } of steps.sort((a, b) => a.at - b.at)) {
    const expiresAt = at + lifetimeMs + operation.drift;
    if (does === "get") {
      if (!(at < pin.expiresAt || (at === pin.expiresAt && operation.findsLast))) continue;
      found.set(operation, pin.model);
      if (sliding && !writesBack) pin = { ...pin, expiresAt };
    } else if ((!found.has(operation) || (sliding && writesBack)) && operation.fate !== "lost") {
      pin = { model: found.get(operation) ?? operation.routed, expiresAt };
    }
  }
  const events = operations.map((operation): RegisterEvent => {
    const { invokedAt, toGet, toSet, toReturn, replica, routed, routedKnown, fate } = operation;
    const model = fate === "answered" ? (found.get(operation) ?? routed) : undefined;
    const worked = model === undefined ? 0 : toGet + (found.has(operation) && !sliding ? 0 : toSet);
    return { invokedAt, returnedAt: invokedAt + worked + toReturn, replica, model, ...(routedKnown ? { routed } : {}) };
  });
  return { lifetimeMs, toleranceMs, sliding, events };
}

/** A legal history in which all is answered, and after a silence that no pin outlives one more pin. */
export type Tail = Drawn<ReturnType<typeof tail>>;

const longestFirsts = 40;

/**
 * Tails whose lifetime is longer than the first requests take.
 * @param count models among the answers of the first requests
 */
export function tail(sliding: boolean, count: number, leastReads: number) {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const replica = fc.constantFrom(...replicas);
  const first = fc.record({ replica, early: fc.nat(longestFirsts), late: fc.nat(longestFirsts) });
  const read = fc.record({ replica, at: share, takes: share, routed: fc.constantFrom(undefined, ...models) });
  const drawn = fc.record({
    history: legalHistory(sliding, fc.constant(false), fc.integer({ min: 200, max: 2_000 })),
    silence: fc.nat(100),
    drawnFirsts: fc.array(first, { minLength: count, maxLength: count + 2 }),
    order: fc.shuffledSubarray([...models], { minLength: count, maxLength: count }),
    drawnReads: fc.array(read, { minLength: leastReads, maxLength: leastReads + 6 }),
  });
  return drawn.map(({ history, silence, drawnFirsts, order, drawnReads }) => {
    const { lifetimeMs, toleranceMs, events: before } = history;
    const last = Math.max(...before.map(({ returnedAt }) => returnedAt));
    const middle = last + lifetimeMs + toleranceMs + 1 + silence + longestFirsts;
    // The requests that began the pin, all under way at once.
    const firsts = drawnFirsts.map(({ replica, early, late }, i): AnsweredEvent => {
      return { invokedAt: middle - early, returnedAt: middle + late, replica, model: order[i % count] as string };
    });
    const begun = Math.min(...firsts.map(({ invokedAt }) => invokedAt));
    const calmFrom = Math.max(...firsts.map(({ returnedAt }) => returnedAt));
    // The model that won, and that of a first request that did not; the same where all got one model.
    const [settled, loser] = [order[0] as string, order.at(-1) as string];
    // Asked and answered strictly between the end of the firsts and the earliest end of the pin; some overlap.
    const from = calmFrom + 0.25;
    const room = begun + lifetimeMs - toleranceMs - 0.25 - from;
    const reads = drawnReads.map(({ replica, at, takes, routed }): AnsweredEvent => {
      const invokedAt = from + at * room;
      return { invokedAt, returnedAt: invokedAt + takes * (1 - at) * room, replica, model: settled, routed };
    });
    return { lifetimeMs, toleranceMs, sliding, before, firsts, begun, calmFrom, settled, loser, reads };
  });
}
