import type { Parser } from "./parsers";

/** The first release with a session cache in Redis, and the last on which the header is a hard pin. */
const firstKept = [0, 4, 19] as const;
const lastKept = [0, 4, 27] as const;

/**
 * A Plano release that keeps a session on its model by itself.
 *
 * Source: Plano's own sources. From 0.4.28 the router runs on every turn and a warm session follows it, unless a
 * routing budget of 0 and model prices are configured; before 0.4.19 no pin was shared between replicas.
 */
export const planoVersion: Parser<string> = (text) => {
  const match = /^(\d+)\.(\d+)\.(\d+)$/.exec(text);
  if (!match) return { reason: `"${text}" is not a version such as 0.4.27` };
  const version = match.slice(1).map(Number);
  if (compare(version, firstKept) < 0)
    return { reason: `Plano ${text} shares no pins between replicas; 0.4.19 is the first release that does` };
  if (compare(version, lastKept) > 0) {
    return {
      reason: `Plano ${text} cannot keep the promise: from 0.4.28 the router runs on every turn and a session may change its model`,
    };
  }
  return { value: text };
};

function compare(left: readonly number[], right: readonly number[]): number {
  const difference = left.map((part, index) => part - (right[index] ?? 0)).find((part) => part !== 0);
  return difference ?? 0;
}
