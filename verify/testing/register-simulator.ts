import fc from "fast-check";
import type { RegisterEvent } from "../register";

/** One request to a simulated register: when it does what. Times are whole milliseconds, so that many coincide. */
export interface Operation {
  readonly invokedAt: number;
  /** From the request to the GET, from there to the SET where nothing was found, from there to the answer. */
  readonly toGet: number;
  readonly toSet: number;
  readonly toReturn: number;
  /** Order among operations at the same time. */
  readonly tie: number;
  readonly replica: string;
  readonly routed: string;
  readonly routedKnown: boolean;
  /** By how much the pin that it writes lives longer or shorter. */
  readonly drift: number;
  /**
   * What becomes of a request that is not answered, and given up at any time: its GET and its SET come as late as they
   * like (`late`), or its SET is lost (`lost`).
   */
  readonly fate: "answered" | "late" | "lost";
}

export const models = ["m0", "m1", "m2", "m3"] as const;
export const replicas = ["a", "b", "c"] as const;

export interface Shape {
  /** Requests come within this time. */
  readonly horizon: number;
  readonly lifetimeMs: number;
  readonly toleranceMs: number;
  readonly unanswered: boolean;
  /** Longest time of each of the three parts of a request. */
  readonly longestPart: number;
}

/** A history that a register can have. */
export interface Simulated {
  readonly lifetimeMs: number;
  readonly toleranceMs: number;
  readonly events: readonly RegisterEvent[];
}

function operation({ horizon, toleranceMs, unanswered, longestPart }: Shape): fc.Arbitrary<Operation> {
  const part = fc.nat(longestPart);
  const late = fc.oneof(fc.constant(0), fc.nat(horizon));
  const fate = unanswered
    ? fc.oneof(
        { weight: 8, arbitrary: fc.constant("answered" as const) },
        { weight: 1, arbitrary: fc.constantFrom("late" as const, "lost" as const) },
      )
    : fc.constant("answered" as const);
  return fc
    .record({
      invokedAt: fc.nat(horizon),
      toGet: part,
      toSet: part,
      toReturn: part,
      tie: fc.nat(9),
      replica: fc.constantFrom(...replicas),
      routed: fc.constantFrom(...models),
      routedKnown: fc.boolean(),
      drift: fc.integer({ min: -toleranceMs, max: toleranceMs }),
      fate,
      lateGet: late,
      lateSet: late,
      givenUp: late,
    })
    .map(({ lateGet, lateSet, givenUp, ...one }) =>
      one.fate === "answered"
        ? one
        : { ...one, toGet: one.toGet + lateGet, toSet: one.toSet + lateSet, toReturn: one.toReturn + givenUp },
    );
}

/** Histories of every kind: long and short lifetimes against the requests, many and few of them, several pins. */
export function legalHistory(overrides: Partial<Shape> = {}): fc.Arbitrary<Simulated> {
  return fc
    .record({
      horizon: fc.integer({ min: 5, max: 1_500 }),
      lifetimeMs: fc.integer({ min: 1, max: 500 }),
      toleranceMs: fc.constantFrom(0, 0, 5),
      unanswered: fc.boolean(),
      longestPart: fc.constantFrom(0, 2, 10, 40, 200),
    })
    .chain((drawn) => {
      const shape = { ...drawn, ...overrides };
      return fc
        .array(operation(shape), { minLength: 1, maxLength: 60, size: "max" })
        .map((operations) => simulate(operations, shape));
    });
}

/** Plays operations on a register that starts empty, in the order of their GETs and SETs. */
function simulate(
  operations: readonly Operation[],
  { lifetimeMs, toleranceMs }: Pick<Shape, "lifetimeMs" | "toleranceMs">,
): Simulated {
  const steps = operations.flatMap((operation, index) => {
    const getAt = operation.invokedAt + operation.toGet;
    const step = { index, operation };
    return [
      { ...step, does: "get", at: getAt, order: 2 * operation.tie },
      { ...step, does: "set", at: getAt + operation.toSet, order: 2 * operation.tie + 1 },
    ];
  });
  let pin = { model: "", expiresAt: -Infinity };
  const found = new Map<number, string>();
  for (const { index, operation, does, at } of steps.sort((a, b) => a.at - b.at || a.order - b.order)) {
    if (does === "get") {
      if (at < pin.expiresAt || (at === pin.expiresAt && operation.tie % 2 === 0)) found.set(index, pin.model);
    } else if (!found.has(index) && operation.fate !== "lost") {
      pin = { model: operation.routed, expiresAt: at + lifetimeMs + operation.drift };
    }
  }
  const events = operations.map((operation, index): RegisterEvent => {
    const { invokedAt, toGet, toSet, toReturn, replica, routed, routedKnown, fate } = operation;
    const answered = fate === "answered";
    return {
      invokedAt,
      returnedAt: invokedAt + (answered ? toGet + (found.has(index) ? 0 : toSet) : 0) + toReturn,
      replica,
      model: answered ? (found.get(index) ?? routed) : undefined,
      ...(routedKnown ? { routed } : {}),
    };
  });
  return { lifetimeMs, toleranceMs, events };
}
