import type { Disruptable } from "../../targets/disruptable";
import type { Disturbance } from "../disturbance";
import { shortUid } from "../short-uid";
import { changedByOthers, mustBeHeld } from "./held";

/** A replica is removed, whichever the cluster chooses; sessions had been begun on all of them. */
export function replicaRemoved(disruptable: Disruptable): Disturbance {
  return {
    id: "replica-removed",
    title: "Replica removed",
    after: "a replica was removed",
    untilShared: false,
    unready: "unknown",
    async inflict({ watch, before }) {
      const wanted = before.wanted - 1;
      const begunAt = watch.now();
      await disruptable.hold(wanted);
      return {
        target: `Deployment ${disruptable.workload.deployment.name}, ${before.wanted} → ${wanted} replicas`,
        async landed() {
          const look = watch.lookSince(begunAt);
          if (look === undefined) return { seen: watch.problem ?? "nothing yet" };
          if (look.wanted !== wanted) return { seen: `${look.wanted} replicas are wanted` };
          const staying = new Set(look.pods.flatMap(({ uid, leaving }) => (leaving ? [] : [uid])));
          const removed = before.pods.find(({ uid }) => !staying.has(uid));
          return removed === undefined
            ? { seen: "no pod is ending" }
            : { done: `${wanted} replicas are wanted, and ${removed.name} (${shortUid(removed)}) ends` };
        },
        missing: async (look) => changedByOthers(look, wanted),
        outcome(look) {
          mustBeHeld(look, wanted);
          return undefined;
        },
      };
    },
  };
}
