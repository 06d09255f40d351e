import type { Disruptable, Right } from "../../targets/disruptable";
import type { ConnectedTarget } from "../../targets/target";
import type { Disturbance } from "../disturbance";
import { podDeleted } from "./pod-deleted";
import { redisClientsKilled } from "./redis-clients-killed";
import { redisRestarted } from "./redis-restarted";
import { rollout } from "./rollout";

/** What the check `faults` does, one after another. Redis is left in peace where it is not the deployment's own. */
export function faultsOf(disruptable: Disruptable, target: Pick<ConnectedTarget, "redisUrl">): readonly Disturbance[] {
  const ofRedis = [redisClientsKilled(() => target.redisUrl()), redisRestarted(disruptable)];
  return [podDeleted(disruptable), rollout(disruptable), ...("leftOut" in disruptable.workload.redis ? [] : ofRedis)];
}

/** What the check `faults` must be allowed to do, besides looking at the Deployment and its pods. */
export const faultRights: readonly Right[] = [
  { group: "", resource: "pods", verb: "delete" },
  { group: "apps", resource: "deployments", verb: "patch" },
  { group: "discovery.k8s.io", resource: "endpointslices", verb: "list" },
];
