import { defaultLimits, disruptiveCheck, faultRights, faults as wanted, type Limits } from "../disruption";
import type { Check } from "../run/check";

/** Pins outlive a deleted pod, a rollout, broken connections to Redis and a restart of Redis, and new ones work afterwards. */
export const faults = faultsWithin();

/** @param limits for tests, which cannot wait that long */
export function faultsWithin(limits: Limits = defaultLimits): Check {
  const passed = (count: number): string => `${count} faults, each recovered`;
  return disruptiveCheck({ id: "faults", title: "Pins survive faults", wanted, rightsOf: () => faultRights, passed }, limits);
}
