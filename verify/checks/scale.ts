import { conductTrial, defaultLimits, prepare, scaleRights, scalingOf, type Limits } from "../disruption";
import type { Check } from "../run/check";

/** Pins made before a replica is added are honoured by it, and removing one loses none. */
export const scale = scaleWithin();

/** @param limits for tests, which cannot wait that long */
export function scaleWithin(limits: Limits = defaultLimits): Check {
  return {
    id: "scale",
    title: "Pins survive a change of scale",
    begin: async (run) => {
      const disruptable = await prepare(run, "scale", scaleRights);
      const disturbances = scalingOf(disruptable);
      const passed = "a replica was added and one removed";
      return {
        conclude: (played) => conductTrial(run, played, disruptable, { id: "scale", disturbances, passed }, limits),
      };
    },
  };
}
