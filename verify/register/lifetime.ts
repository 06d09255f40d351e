import type { Lifetime } from "./event";

/** What Redis rounds and how late it may look at its clock, in milliseconds. */
const roundingMs = 20;

/** By how much two clocks may run apart: each is slewed by at most 500 ppm, the limit of Linux' adjtimex(2). */
const drift = 0.001;

/**
 * The life of a pin that was written with `EX ttlSeconds`, as a client's clock shows it. Redis counts it by its own
 * clock in whole milliseconds; a clock that is set while the pin lives is not allowed for.
 */
export function pinLifetime(ttlSeconds: number): Required<Lifetime> {
  const lifetimeMs = ttlSeconds * 1_000;
  return { lifetimeMs, toleranceMs: roundingMs + drift * lifetimeMs };
}
