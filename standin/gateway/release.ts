import { StartupError } from "../program";
import { warmSeconds } from "./anchor";

/** How the imitated release of Plano treats sessions. */
export interface Release {
  readonly version: string;
  /**
   * Life of an anchor in Redis, in seconds, where the router runs on every turn and only a routing budget can hold a
   * session on its model (Plano 0.4.28 and later); undefined: a pin holds it for `session_ttl_seconds`.
   */
  readonly anchorSeconds?: number;
}

/**
 * The release to imitate.
 *
 * @param version `STANDIN_RELEASE`; undefined: the newest one that understands the configuration as it is meant
 * @throws StartupError for anything but 0.4.19 to 0.4.36, or when the release knows no routing budget and one is configured
 */
export function readRelease(version: string | undefined, hasBudget: boolean): Release {
  const chosen = version ?? (hasBudget ? "0.4.36" : "0.4.27");
  const number = Number(/^0\.4\.(\d+)$/.exec(chosen)?.[1] ?? Number.NaN);
  if (!(number >= 19 && number <= 36)) {
    throw new StartupError(`STANDIN_RELEASE is "${chosen}"; use one of 0.4.19 to 0.4.36`);
  }
  if (number >= 28) return { version: chosen, anchorSeconds: number < 36 ? warmSeconds + 60 : warmSeconds };
  if (hasBudget) throw new StartupError(`routing.routing_budget: Plano ${chosen} knows no routing budget`);
  return { version: chosen };
}
