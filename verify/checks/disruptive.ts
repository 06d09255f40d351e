import { defaultLimits, disruptiveCheck, faultRights, faults, scaleRights, scaling, type Limits } from "../disruption";
import type { Check } from "../run/check";

/** Pins made before a replica is added are honoured by it, and removing one loses none. */
export function scaleWithin(limits: Limits = defaultLimits): Check {
  const passed = (): string => "a replica was added and one removed";
  const title = "Pins survive a change of scale";
  return disruptiveCheck({ id: "scale", title, wanted: scaling, rightsOf: scaleRights, passed }, limits);
}

/** Pins outlive a deleted pod, a rollout, and what may happen to Redis and the way to it, and new ones work afterwards. */
export function faultsWithin(limits: Limits = defaultLimits): Check {
  const passed = (count: number): string => `${count} faults, each recovered`;
  return disruptiveCheck({ id: "faults", title: "Pins survive faults", wanted: faults, rightsOf: faultRights, passed }, limits);
}
