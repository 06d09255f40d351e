import { defaultLimits, disruptiveCheck, scaleRights, scaling, type Limits } from "../disruption";
import type { Check } from "../run/check";

/** Pins made before a replica is added are honoured by it, and removing one loses none. */
export const scale = scaleWithin();

/** @param limits for tests, which cannot wait that long */
export function scaleWithin(limits: Limits = defaultLimits): Check {
  const passed = (): string => "a replica was added and one removed";
  const title = "Pins survive a change of scale";
  return disruptiveCheck({ id: "scale", title, wanted: scaling, rightsOf: scaleRights, passed }, limits);
}
