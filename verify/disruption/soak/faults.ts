import { faultRights } from "../faults";
import { podDeleted } from "../faults/pod-deleted";
import { redisClientsKilled } from "../faults/redis-clients-killed";
import { redisRestarted } from "../faults/redis-restarted";
import { rollout } from "../faults/rollout";
import type { Disturbance } from "../disturbance";
import { scaleRights } from "../scaling";
import { replicaAdded } from "../scaling/replica-added";
import { replicaRemoved } from "../scaling/replica-removed";
import type { Disruptable, Right } from "../../targets/disruptable";
import type { ConnectedTarget } from "../../targets/target";
import { type FaultId, redisFaults } from "./schedule";

/** The fault of an id, as the verifier's checks `faults` and `scale` bring it about. */
export function faultOf(id: FaultId, disruptable: Disruptable, target: Pick<ConnectedTarget, "redisUrl">): Disturbance {
  switch (id) {
    case "pod-deleted":
      return podDeleted(disruptable);
    case "rollout":
      return rollout(disruptable);
    case "redis-clients-killed":
      return redisClientsKilled(() => target.redisUrl());
    case "redis-restarted":
      return redisRestarted(disruptable);
    case "replica-added":
      return replicaAdded(disruptable);
    case "replica-removed":
      return replicaRemoved(disruptable);
  }
}

/** What a soak must be allowed to do, besides looking. */
export function soakRights(disruptable: Disruptable): readonly Right[] {
  return [...faultRights, ...scaleRights(disruptable)];
}

/** Pure: the faults that can be brought about; those of a Redis that is not the deployment's own cannot. */
export function possibleFaults(wanted: readonly FaultId[], { workload }: Pick<Disruptable, "workload">): readonly FaultId[] {
  return "leftOut" in workload.redis ? wanted.filter((id) => !redisFaults.has(id)) : wanted;
}
