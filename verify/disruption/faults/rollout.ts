import type { Disruptable } from "../../targets/disruptable";
import type { Disturbance } from "../disturbance";

/** All of the gateway's pods are replaced, one after another, as with every new version. */
export function rollout(disruptable: Disruptable): Disturbance {
  return {
    id: "rollout",
    title: "Rollout",
    after: "the rollout began",
    untilShared: true,
    unready: "fail",
    async inflict({ watch, before }) {
      const old = new Set(before.pods.map(({ uid }) => uid));
      const begunAt = watch.now();
      await disruptable.roll();
      return {
        target: `Deployment ${disruptable.workload.deployment.name}`,
        async landed() {
          const look = watch.lookSince(begunAt);
          if (look === undefined) return { seen: watch.problem ?? "nothing yet" };
          const successor = look.pods.find(({ uid }) => !old.has(uid));
          if (look.revision === before.revision) return { seen: `still revision ${before.revision}` };
          if (successor === undefined) return { seen: `revision ${look.revision} has no pod yet` };
          return { done: `revision ${before.revision} became ${look.revision}, whose first pod is ${successor.name}` };
        },
        async missing({ pods, updated, wanted }) {
          const left = pods.filter(({ uid, leaving }) => old.has(uid) && !leaving);
          if (left.length > 0) return `${left.map(({ name }) => name).join(", ")} not replaced yet`;
          return updated < wanted ? `${updated} of ${wanted} replicas are of the new revision` : undefined;
        },
        outcome({ pods }) {
          const left = pods.filter(({ uid }) => old.has(uid));
          return left.length === 0 ? `none of the ${old.size} pod UIDs of before is left` : undefined;
        },
      };
    },
  };
}
