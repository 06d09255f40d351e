import { keepingRelease, type PinKind } from "./releases";

/** How pins look and how long they live, for whoever proves them. */
export interface PinTerms {
  readonly kind: PinKind;
  /** Life of a pin's key in Redis, in seconds. */
  readonly ttlSeconds: number;
}

/**
 * Pins of a release.
 *
 * @param sessionTtlSeconds what is configured; releases from 0.4.28 on take no notice
 * @throws Error for a release on which sessions do not keep their model
 */
export function pinTerms(planoVersion: string, sessionTtlSeconds: number): PinTerms {
  const { keeps, ttlSeconds } = keepingRelease(planoVersion);
  return { kind: keeps, ttlSeconds: typeof ttlSeconds === "number" ? ttlSeconds : sessionTtlSeconds };
}

/** What an anchored session depends on, for people; undefined where the header alone is enough. */
export function pinLimits(kind: PinKind): string | undefined {
  if (kind === "fixed") return undefined;
  return (
    "This release of Plano routes every request, and a routing budget of 0 holds the session on its model: " +
    "as long as its system prompt and tools stay the same, no 300 s pass without a request, and each replica has the stub's price list."
  );
}
