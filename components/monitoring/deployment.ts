/** What is watched. */
export interface Watched {
  readonly namespace: string;
  /** Name of the gateway's Deployment and autoscaler, and value of its pods' label `app`. */
  readonly gateway: string;
  /** Value of the label `app` of the pods that export Redis' figures. */
  readonly redisExporter: string;
  /**
   * Life of a pin in seconds, where it is written once and lives so long (Plano 0.4.19 to 0.4.27). Undefined where
   * every request writes it anew, so that writes say nothing of how many pins there must be.
   */
  readonly fixedTtlSeconds: number | undefined;
}

/** A stack with default settings: what the files in `files/` are made for. */
export const defaultWatched: Watched = {
  namespace: "plano-demo",
  gateway: "plano",
  redisExporter: "redis-exporter",
  fixedTtlSeconds: 600,
};

/** Look-ups and writes of pins, by label `outcome`; on port 9092 of every replica. Source: Plano 0.4.27. */
export const cacheEvents = "brightstaff_session_cache_events_total";

/** The label matchers of everything in the namespace, with further ones. */
export function within({ namespace }: Watched, ...more: readonly string[]): string {
  return `{${[`namespace="${namespace}"`, ...more].join(", ")}}`;
}
