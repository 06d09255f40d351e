import type { Look } from "../../redis/inspector";
import { type PinKind, pinKinds, readPin } from "../../redis/pin";

/** One session as Redis had it. */
export interface Inspected {
  /** Its id, the model that it was served, and until when its pin is certain to live (`Clock.now()` milliseconds). */
  readonly session: { readonly id: string; readonly model: string; readonly pinnedUntil: number };
  /** After the first answer; undefined when it was not read. */
  readonly early: Omit<Look, "expiresFrom"> | undefined;
  /** It was not there after the first answer, and should have been. Default false. */
  readonly isUnwritten?: boolean;
  /** After the last round. */
  readonly late: Look;
}

/** What pins are judged by. */
export interface PinTerms {
  readonly ttlSeconds: number;
  /** Default `fixed`. */
  readonly pin?: PinKind;
  readonly tenant?: { readonly value: string };
}

/**
 * What is wrong with a pin. `missing`: it is gone before its end; `rewritten`, `extended`: its life began anew, with
 * another value or with the same; `late`: it was not there after the first answer, but came.
 */
export type Problem =
  | { readonly kind: "missing"; readonly key: string; readonly isUnwritten: boolean }
  | { readonly kind: "rewritten" | "late"; readonly key: string }
  | { readonly kind: "extended"; readonly key: string; readonly byMs: number }
  | { readonly kind: "other"; readonly text: string };

/**
 * In words.
 * @param cause why Redis evicts pins, when it evicted as many as were lost
 */
export function describeProblem(problem: Problem, cause: string | undefined): string {
  switch (problem.kind) {
    case "missing":
      if (cause !== undefined) return `key ${problem.key} was evicted: ${cause}`;
      return `key ${problem.key} does not exist${problem.isUnwritten ? ", nor did it right after the first answer" : ""}`;
    case "rewritten":
      if (cause !== undefined) return `key ${problem.key} was evicted and written anew: ${cause}`;
      return `the value of key ${problem.key} changed while the session was pinned`;
    case "extended": {
      const unless = cause === undefined ? "" : `, unless it was evicted and written anew: ${cause}`;
      return `the TTL of key ${problem.key} was extended by reads, by at least ${problem.byMs} ms${unless}`;
    }
    case "late": {
      const why = cause === undefined ? "its pin was written late" : `its pin was written late, or evicted: ${cause}`;
      return `key ${problem.key} did not exist right after the first answer: ${why}`;
    }
    case "other":
      return problem.text;
  }
}

/** Pure: what is wrong with one pin; undefined for nothing, but for a pin that came late. */
export function problemOf(one: Inspected, { ttlSeconds, pin = "fixed" }: PinTerms, key: string): Problem | undefined {
  const { early, late, isUnwritten = false } = one;
  const other = (text: string): Problem => ({ kind: "other", text });
  if (late.value === null) return { kind: "missing", key, isUnwritten };
  const kept = readPin(late.value);
  if (kept === undefined) {
    return other(late.value === "" ? `key ${key} has an empty value` : `the value of key ${key} names no model`);
  }
  if (kept.kind !== pin) {
    const { field, releases } = pinKinds[kept.kind];
    const expected = pinKinds[pin].field;
    return other(`the value of key ${key} has ${field}, as ${releases} writes it, and not ${expected} (--pin ${pin})`);
  }
  if (late.pttl === -1) return other(`key ${key} has no TTL, so its pin never runs out`);
  if (late.pttl > ttlSeconds * 1000 || (early !== undefined && early.pttl > ttlSeconds * 1000)) {
    const seconds = Math.round(Math.max(late.pttl, early?.pttl ?? 0) / 1000);
    return other(`key ${key} has a TTL of ${seconds} s, longer than the ${ttlSeconds} s expected (--ttl)`);
  }
  if (early === undefined || early.value === null || early.pttl < 0) return undefined;
  const before = readPin(early.value);
  const isRenewed = late.expiresFrom > early.expiresTo;
  if (pin === "anchored" ? before?.kind !== pin || before.model !== kept.model : early.value !== late.value) {
    if (isRenewed && pin === "fixed") return { kind: "rewritten", key };
    return other(`the value of key ${key} changed while the session was pinned`);
  }
  if (pin === "fixed" && isRenewed) return { kind: "extended", key, byMs: Math.round(late.expiresFrom - early.expiresTo) };
  return undefined;
}
