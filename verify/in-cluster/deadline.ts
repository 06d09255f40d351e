import type { VerifyOptions } from "../options";

/** For fetching the image, starting, and waiting for spans, in seconds. */
const overheadSeconds = 300;

/** The prompts without the header are asked in a few waves. */
const controlWaves = 5;

/** A Job that runs for longer than a day has been forgotten. */
const mostSeconds = 86_400;

/**
 * Pure: the longest that a run with these options can take in good order, in seconds: each request at its limit, and the
 * life of a pin twice where `expiry` waits for its end. It ends only Jobs that hang.
 */
export function deadlineSeconds({ sessions, rounds, concurrency, timeoutSeconds, ttlSeconds, checks }: VerifyOptions): number {
  const waves = controlWaves + Math.ceil(sessions / concurrency) * rounds;
  const expiry = checks.includes("expiry") ? 2 * ttlSeconds : 0;
  return Math.min(mostSeconds, Math.ceil(overheadSeconds + waves * timeoutSeconds + expiry));
}
