import type { Disruptable, Right } from "../../targets/disruptable";
import type { Disturbance } from "../disturbance";
import { replicaAdded } from "./replica-added";
import { replicaRemoved } from "./replica-removed";

/** What the check `scale` does, one after another: a replica more, and a replica less. */
export function scalingOf(disruptable: Disruptable): readonly Disturbance[] {
  return [replicaAdded(disruptable), replicaRemoved(disruptable)];
}

/** What the check `scale` must be allowed to do, besides looking. */
export function scaleRights({ workload }: Disruptable): readonly Right[] {
  return [
    { group: "apps", resource: "deployments", verb: "patch" },
    { group: "apps", resource: "deployments/scale", verb: "patch" },
    ...(workload.autoscaler === undefined ? [] : [{ group: "autoscaling", resource: "horizontalpodautoscalers", verb: "patch" }]),
  ];
}
