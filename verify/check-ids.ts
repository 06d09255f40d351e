/** Checks that leave the deployment alone, in the order in which they are reported. */
export const calmChecks = ["control", "pinning", "redis", "traces", "race", "expiry"] as const;

/** Checks that change the deployment. They run after the others. */
export const disruptiveChecks = ["scale", "faults"] as const;

/** Checks that run where none are named: all that leave the deployment alone and need not wait for a pin to end. */
export const defaultChecks = ["control", "pinning", "redis", "traces", "race"] as const;

export const checkIds = [...calmChecks, ...disruptiveChecks] as const;

/** The id of a check; `front-door` goes with a load balancer, and cannot be chosen. */
export type CheckId = (typeof checkIds)[number] | "front-door";
