/** What the checks say of broken affinity, for the lines of the table. Session and trace ids differ from run to run. */
export const says = {
  /** `pinning`: another model than in round 1. */
  otherAnswer: /^\S+: [ab] answered \S+ in round \d, although [ab] had answered \S+ in round 1/,
  /** `pinning`: likewise, but the first follow-ups still held. */
  otherAnswerLater: /^\S+: [ab] answered \S+ in round [34], although [ab] had answered \S+ in round 1/,
  /** `redis`: the key is not there. */
  noKey: /^key plano:affinity:\S+ does not exist/,
  /** `redis`: the pin and the first answer differ. */
  otherPin: /^the pin of \S+ names \S+, but \S+ was served/,
  /** `redis`: a pin was overwritten. */
  changedPin: /^the value of key \S+ changed while the session was pinned/,
  /** `redis`: the pin was evicted, and by the time it was looked for again another may have been written. */
  noKeyOrChangedPin: /^(?:key plano:affinity:\S+ does not exist|the value of key \S+ changed while the session was pinned)/,
  /** `traces`: a request that should have been pinned was routed. */
  routedAgain: /^trace [0-9a-f]{32}: a pinned request to [ab] was routed again/,
  /** `race`: pins that never became one. */
  disagreement: /^\S+: replicas disagree: [ab] answered \S+ and [ab] \S+, .* after the pin had settled/,
  /** `expiry`: a pin that did not run out. */
  outlived: /^\S+: [ab] still answered \S+ .* after its pin must have run out \(it lives 2 s\)/,
  /** `expiry`: a pin that ran out too early. */
  lost: /^\S+: (?:replicas disagree: )?[ab] answered \S+ .* after the pin had settled/,
} as const;
