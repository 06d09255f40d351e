import { StartupError } from "../startup-error";

/** How the imitated release of Plano treats sessions. */
export interface Release {
  readonly version: string;
  /** The router runs on every turn, and only a routing budget can hold a session on its model (Plano 0.4.28 and later). */
  readonly anchors: boolean;
  /** Life of an anchor in Redis, in seconds, whatever the configuration says; undefined: `session_ttl_seconds`. */
  readonly anchorSeconds?: number;
}

/** Seconds without a request after which an anchor no longer holds: the window of every provider's cache. */
export const warmSeconds = 300;

/**
 * The release to imitate.
 *
 * @param version `STANDIN_RELEASE`; undefined: the newest one that understands the configuration as it is meant
 * @throws StartupError when the release is not one of 0.4.19 to 0.4.36, or knows no routing budget and one is configured
 */
export function readRelease(version: string | undefined, hasBudget: boolean): Release {
  const chosen = version ?? (hasBudget ? "0.4.36" : "0.4.27");
  const number = Number(/^0\.4\.(\d+)$/.exec(chosen)?.[1] ?? Number.NaN);
  if (!(number >= 19 && number <= 36)) {
    throw new StartupError(`STANDIN_RELEASE is "${chosen}"; use one of 0.4.19 to 0.4.36`);
  }
  if (number < 28) {
    if (hasBudget) throw new StartupError(`routing.routing_budget: Plano ${chosen} knows no routing budget`);
    return { version: chosen, anchors: false };
  }
  return { version: chosen, anchors: true, anchorSeconds: number < 36 ? warmSeconds + 60 : warmSeconds };
}
