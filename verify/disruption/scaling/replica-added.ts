import { Unmeasurable } from "../../common/errors";
import type { Disruptable, NamedObject } from "../../targets/disruptable";
import type { Disturbance } from "../disturbance";
import { shortUid } from "../short-uid";
import { changedByOthers, mustBeHeld } from "./held";

/** A replica is added. It is judged by what it does from the moment at which it is ready. */
export function replicaAdded(disruptable: Disruptable): Disturbance {
  return {
    id: "replica-added",
    title: "Replica added",
    after: "a replica was added",
    untilShared: false,
    // A cluster without room for one more says nothing of the gateway.
    unready: "unknown",
    async inflict({ watch, before }) {
      const known = new Set(before.pods.map(({ uid }) => uid));
      const wanted = before.wanted + 1;
      const begunAt = watch.now();
      await disruptable.hold(wanted);
      let added: NamedObject | undefined;
      return {
        target: `Deployment ${disruptable.workload.deployment.name}, ${before.wanted} → ${wanted} replicas`,
        async landed() {
          const look = watch.lookSince(begunAt);
          if (look === undefined) return { seen: watch.problem ?? "nothing yet" };
          if (look.wanted !== wanted) return { seen: `${look.wanted} replicas are wanted` };
          added = look.pods.find(({ uid }) => !known.has(uid));
          return added === undefined
            ? { seen: "there is no new pod" }
            : { done: `${wanted} replicas are wanted, and there is ${added.name} (${shortUid(added)})` };
        },
        missing: async (look) => changedByOthers(look, wanted),
        outcome(look) {
          mustBeHeld(look, wanted);
          if (look.pods.some(({ uid, ready }) => ready && uid === added?.uid)) return undefined;
          throw new Unmeasurable(`${added?.name} was added, and is not among the replicas any more`);
        },
      };
    },
  };
}
