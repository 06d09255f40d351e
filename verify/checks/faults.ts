import { conductTrial, defaultLimits, faultRights, faultsOf, prepare, type Limits } from "../disruption";
import type { Check } from "../run/check";

/** Pins outlive a deleted pod, a rollout, broken connections to Redis and a restart of Redis, and new ones work afterwards. */
export const faults = faultsWithin();

/** @param limits for tests, which cannot wait that long */
export function faultsWithin(limits: Limits = defaultLimits): Check {
  return {
    id: "faults",
    title: "Pins survive faults",
    begin: async (run) => {
      const disruptable = await prepare(run, "faults", () => faultRights);
      const disturbances = faultsOf(disruptable, run.target);
      const { redis } = disruptable.workload;
      const leftOut = "leftOut" in redis ? `Redis' faults were left out: ${redis.leftOut}` : undefined;
      const passed = `${disturbances.length} faults, each recovered`;
      return {
        conclude: (played) => conductTrial(run, played, disruptable, { id: "faults", disturbances, leftOut, passed }, limits),
      };
    },
  };
}
