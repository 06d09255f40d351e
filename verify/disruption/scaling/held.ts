import { Unmeasurable } from "../../common/errors";
import type { DeploymentLook } from "../../targets/disruptable";

/** Pure: that somebody else has changed the scale since it was held; undefined when nobody has. */
export function changedByOthers({ wanted }: DeploymentLook, held: number): string | undefined {
  if (wanted === held) return undefined;
  return `somebody else has changed the scale: ${wanted} replicas are wanted, not ${held}`;
}

/** @throws Unmeasurable when somebody else has changed the scale since it was held */
export function mustBeHeld(look: DeploymentLook, held: number): void {
  const changed = changedByOthers(look, held);
  if (changed !== undefined) throw new Unmeasurable(changed);
}
