import type { Mutation } from "./mutation";

/** What the checks say of broken affinity. Session and trace ids differ from run to run. */
const says = {
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
  outlived: /^\S+: [ab] still answered \S+ .* after its pin must have run out \(it lives (?:2|6|10) s\)/,
  /** `expiry`: a pin that ran out too early. */
  lost: /^\S+: (?:replicas disagree: )?[ab] answered \S+ .* after the pin had settled/,
} as const;

/** Lifetime of pins where it is waited for, in seconds. */
const short = { ttlSeconds: 2 } as const;

/** Where a busy machine must still read pins in time. */
const longer = { ttlSeconds: 10 } as const;

/** For anchored pins: what their checks say, where they are short, and what the longer ones leave out. */
const anchored = { pins: "anchored", checks: ["control", "pinning", "redis", "traces"] } as const;
const expiring = { pins: "anchored", checks: ["control", "expiry"], options: { ttlSeconds: 6 } } as const;

/** A session's second request may come before the first one's claim. */
const claiming = { checks: ["control", "race"], named: { race: says.disagreement }, chance: ["pinning"] } as const;

/** Every bug that the verifier is known to find: a line for each fault, or for each group of checks that name it. */
export const mutations: readonly Mutation[] = [
  // First, as they take the longest: the verifier gives spans 20 seconds to arrive, and waits for anchors to run out.
  {
    fault: "no-traces",
    named: { traces: /^\d+ of \d+ traces were not in Jaeger after 20 s, none from a, b$/ },
    unknownBecause: "missing spans cannot be told from late ones",
  },
  { ...expiring, options: longer, fault: "no-refresh", named: { expiry: says.lost } },
  { ...expiring, fault: "hold-by-key", named: { expiry: says.outlived } },
  { ...expiring, fault: "late-refresh", named: { expiry: says.outlived } },
  { ...expiring, fault: "reroute-not-written", named: { expiry: says.lost } },

  // Where pins are kept.
  { fault: "memory-cache", named: { pinning: says.otherAnswer, redis: says.noKey, traces: says.routedAgain } },
  { fault: "local-cache-first", checks: ["control", "race"], named: { race: says.disagreement } },
  { fault: "local-cache-first", checks: ["control", "expiry"], options: short, named: { expiry: says.outlived } },
  { fault: "stale-cache", checks: ["control", "race"], named: { race: says.disagreement } },
  { fault: "stale-cache", checks: ["control", "expiry"], options: longer, named: { expiry: says.outlived } },
  { fault: "race-split", checks: ["control", "race"], named: { race: says.disagreement } },
  { ...claiming, fault: "local-claim" },
  { fault: "other-database", named: { pinning: says.otherAnswer, redis: says.otherPin, traces: says.routedAgain } },

  // How pins are written.
  { fault: "no-pin-write", named: { pinning: says.otherAnswer, redis: says.noKey, traces: says.routedAgain } },
  {
    fault: "late-pin-write",
    // Whether the queue is done when Redis is looked into again.
    named: {
      pinning: says.otherAnswer,
      redis: /^key \S+ (?:does not exist, nor did it|did not exist) right after the first answer|^the pin of \S+ names/,
      traces: says.routedAgain,
    },
  },
  { fault: "last-write-wins", named: { pinning: says.otherAnswer, redis: says.changedPin, traces: says.routedAgain } },
  { fault: "value-of-another-session", named: { pinning: says.otherAnswer, redis: says.otherPin } },
  { fault: "evicts-pins", named: { pinning: says.otherAnswer, redis: says.noKeyOrChangedPin, traces: says.routedAgain } },

  // Whose request it is.
  { fault: "ignore-header", named: { pinning: says.otherAnswer, redis: says.noKey, traces: says.routedAgain } },
  { fault: "header-stripped-by-one", named: { pinning: says.otherAnswer, redis: says.otherPin, traces: says.routedAgain } },
  {
    fault: "default-session",
    named: { control: /^every prompt got \S+ without the header .*, so any pin would look right$/ },
    unknownBecause: "with one model for all, every session keeps it",
    // They are not measured then.
    chance: ["pinning", "redis", "traces"],
  },
  { fault: "header-case-sensitive", named: { pinning: says.otherAnswer, redis: says.otherPin, traces: says.routedAgain } },
  // How sessions share connections, addresses and pins is chance, and they may line up.
  { fault: "session-by-connection", named: { redis: says.noKey }, chance: ["pinning", "traces"] },
  { fault: "session-by-address", named: { redis: says.noKey }, chance: ["pinning", "traces"] },
  { fault: "pin-by-pod", named: { pinning: says.otherAnswer, redis: says.noKey, traces: says.routedAgain } },
  { fault: "wrong-key", named: { redis: says.noKey } },
  {
    fault: "no-tenant",
    named: { redis: /^key plano:affinity:acme:\S+ does not exist/ },
    options: { tenant: { name: "x-tenant-id", value: "acme" } },
  },
  { fault: "prefix-collision", named: { redis: says.noKey }, chance: ["pinning", "traces"] },

  // How long a pin lives.
  { fault: "ttl-extended-on-read", named: { redis: /^the TTL of key \S+ was extended by reads, by at least \d+ ms/ } },
  { fault: "ttl-extended-on-read", checks: ["control", "expiry"], options: longer, named: { expiry: says.outlived } },
  { fault: "ttl-wrong", named: { redis: /^key \S+ has a TTL of \d+ s, longer than the 600 s expected \(--ttl\)/ } },
  { fault: "ttl-wrong", checks: ["control", "expiry"], options: short, named: { expiry: says.outlived } },
  // Not `redis`: an older pin has a TTL below the one expected, too.
  {
    fault: "ttl-too-short",
    checks: ["control", "expiry"],
    options: longer,
    named: { expiry: says.lost },
    // On a slow machine the pin of one second is gone before the next round.
    chance: ["pinning"],
  },
  { fault: "ttl-missing", named: { redis: /^key \S+ has no TTL, so its pin never runs out/ } },
  { fault: "ttl-missing", checks: ["control", "expiry"], options: short, named: { expiry: says.outlived } },
  {
    fault: "reroute-on-third",
    named: { pinning: says.otherAnswerLater, redis: says.changedPin, traces: says.routedAgain },
  },
  {
    fault: "no-reconnect",
    named: { faults: /./ },
    shownElsewhere: "the check changes a Deployment, and has tests of its own",
  },

  // What the pin says, and what the decision is worth.
  { fault: "value-missing", named: { redis: /^key plano:affinity:\S+ has an empty value/ } },
  { fault: "value-wrong-model", named: { redis: says.otherPin } },
  { fault: "value-schema", named: { redis: /^the value of key \S+ has anchor_model, as Plano 0\.4\.28 or later writes it/ } },
  { fault: "pins-requested-model", named: { pinning: says.otherAnswer, redis: says.otherPin } },
  { fault: "fallback-model", named: { pinning: says.otherAnswer } },
  { fault: "upstream-model-drift", named: { pinning: says.otherAnswer } },
  {
    fault: "error-every-nth",
    named: { pinning: /was not answered by [ab]: HTTP 500: the worker crashed/ },
    unknownBecause: "a failed request does not show which model it would have got",
  },

  // Traces.
  { fault: "trace-always-routing", named: { traces: says.routedAgain } },
  { fault: "wrong-pod-attribute", named: { traces: /^replicas a and b are the same pod, plano-0$/ } },

  // Anchored pins, every request of which is routed: the traces are as they should be.
  { ...anchored, fault: "memory-cache", named: { pinning: says.otherAnswer, redis: says.noKey } },
  { ...anchored, fault: "last-write-wins", named: { pinning: says.otherAnswer, redis: says.changedPin } },
  { ...anchored, fault: "ignore-header", named: { pinning: says.otherAnswer, redis: says.noKey } },
  { ...anchored, fault: "header-stripped-by-one", named: { pinning: says.otherAnswer, redis: says.otherPin } },
  { ...anchored, fault: "wrong-key", named: { redis: says.noKey } },
  { ...anchored, fault: "ttl-wrong", named: { redis: /^key \S+ has a TTL of \d+ s, longer than the 360 s expected/ } },
  { ...anchored, fault: "ttl-missing", named: { redis: /^key \S+ has no TTL, so its pin never runs out/ } },
  { ...anchored, fault: "late-prices", named: { pinning: says.otherAnswer, redis: says.changedPin } },
  { ...claiming, fault: "local-claim", pins: "anchored" },
];
