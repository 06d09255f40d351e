/** Bugs that only a gateway can have that keeps anchors, as Plano 0.4.28 and later do. */
export const anchorFaultNames = ["late-refresh", "reroute-not-written", "no-refresh", "hold-by-key", "late-prices"] as const;

export type AnchorFaultName = (typeof anchorFaultNames)[number];

/** Every bug that the stand-in gateway can have, `none` first: the values of `standinFault` and `STANDIN_FAULT`. */
export const faultNames = [
  "none",
  "memory-cache",
  "local-cache-first",
  "stale-cache",
  "race-split",
  "local-claim",
  "other-database",
  "no-pin-write",
  "late-pin-write",
  "last-write-wins",
  "value-of-another-session",
  "evicts-pins",
  "ignore-header",
  "header-stripped-by-one",
  "default-session",
  "header-case-sensitive",
  "session-by-connection",
  "session-by-address",
  "pin-by-pod",
  "wrong-key",
  "no-tenant",
  "prefix-collision",
  "ttl-extended-on-read",
  "ttl-wrong",
  "ttl-too-short",
  "ttl-missing",
  "reroute-on-third",
  "no-reconnect",
  "value-missing",
  "value-wrong-model",
  "value-schema",
  "pins-requested-model",
  "fallback-model",
  "upstream-model-drift",
  "error-every-nth",
  "trace-always-routing",
  "no-traces",
  "wrong-pod-attribute",
  ...anchorFaultNames,
] as const;

export type FaultName = (typeof faultNames)[number];

export function isOfAnchors(fault: FaultName): boolean {
  return anchorFaultNames.some((name) => name === fault);
}
