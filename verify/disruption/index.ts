import type { Disruptable } from "../targets/disruptable";
import type { ConnectedTarget } from "../targets/target";
import type { Disturbance } from "./disturbance";
import { faults, possibleFaults } from "./faults";
import { scaling } from "./scaling";

export { faultRights } from "./faults";
export { defaultLimits, type Limits } from "./limits";
export { scaleRights } from "./scaling";
export { conductTrial, prepare } from "./trial";

/** All disturbances, by the ids that reports and `--faults` of a soak know them by. */
export const disturbances = { ...faults, ...scaling } as const;

export type DisturbanceId = keyof typeof disturbances;

/** What the check `faults` does, one after another. */
export function faultsOf(disruptable: Disruptable, target: Pick<ConnectedTarget, "redisUrl">): readonly Disturbance[] {
  const ids = Object.keys(faults) as (keyof typeof faults)[];
  return possibleFaults(ids, disruptable).map((id) => faults[id](disruptable, target));
}

/** What the check `scale` does, one after another: a replica more, and a replica less. */
export function scalingOf(disruptable: Disruptable): readonly Disturbance[] {
  return Object.values(scaling).map((disturbanceOf) => disturbanceOf(disruptable));
}
