import { Unmeasurable } from "../common/errors";
import type { DeploymentLook, Disruptable, NamedObject, Right } from "../targets/disruptable";
import type { DeploymentWatch } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import { withUid } from "./faults";
import type { Seen } from "./wait";

/** What the check `scale` does, one after another. */
export const scaling = { "replica-added": replicaAdded, "replica-removed": replicaRemoved } as const;

/** What the check `scale` must be allowed to do, besides looking. */
export function scaleRights({ workload }: Disruptable): readonly Right[] {
  return [
    { group: "apps", resource: "deployments", verb: "patch" },
    { group: "apps", resource: "deployments/scale", verb: "patch" },
    ...(workload.autoscaler === undefined ? [] : [{ group: "autoscaling", resource: "horizontalpodautoscalers", verb: "patch" }]),
  ];
}

/** A replica is added. It is judged by what it does from the moment at which it is ready. */
export function replicaAdded(disruptable: Disruptable): Disturbance {
  return {
    id: "replica-added",
    title: "Replica added",
    after: "a replica was added",
    scales: true,
    inflict(watch, before) {
      const known = new Set(before.pods.map(({ uid }) => uid));
      let added: NamedObject | undefined;
      return scaleTo(before.wanted + 1, disruptable, watch, before, {
        proof({ pods }) {
          added = pods.find(({ uid }) => !known.has(uid));
          return added && `there is ${withUid(added)}`;
        },
        unproven: "there is no new pod",
        judgeable({ pods }) {
          if (pods.some(({ uid, ready }) => ready && uid === added?.uid)) return;
          throw new Unmeasurable(`${added?.name} was added, and is not among the replicas any more`);
        },
      });
    },
  };
}

/** A replica is removed, whichever the cluster chooses; sessions had been begun on all of them. */
export function replicaRemoved(disruptable: Disruptable): Disturbance {
  return {
    id: "replica-removed",
    title: "Replica removed",
    after: "a replica was removed",
    scales: true,
    inflict: (watch, before) =>
      scaleTo(before.wanted - 1, disruptable, watch, before, {
        proof({ pods }) {
          const staying = new Set(pods.flatMap(({ uid, leaving }) => (leaving ? [] : [uid])));
          const removed = before.pods.find(({ uid }) => !staying.has(uid));
          return removed && `${withUid(removed)} ends`;
        },
        unproven: "no pod is ending",
      }),
  };
}

interface ScaleProof {
  /** What shows that the scale has changed; undefined: nothing yet. */
  readonly proof: (look: DeploymentLook) => string | undefined;
  readonly unproven: string;
  /** @throws Unmeasurable when the replicas that will be asked are not those of the change */
  readonly judgeable?: (look: DeploymentLook) => void;
}

async function scaleTo(
  wanted: number,
  disruptable: Disruptable,
  watch: DeploymentWatch,
  before: DeploymentLook,
  { proof, unproven, judgeable }: ScaleProof,
): Promise<Inflicted> {
  const begunAt = watch.now();
  await disruptable.hold(wanted);
  /** That somebody else has changed the scale since; undefined when nobody has. */
  const changed = (look: DeploymentLook): string | undefined =>
    look.wanted === wanted ? undefined : `somebody else has changed the scale: ${look.wanted} replicas are wanted, not ${wanted}`;
  return {
    target: `Deployment ${disruptable.workload.deployment.name}, ${before.wanted} → ${wanted} replicas`,
    landed: () =>
      watch.since(begunAt, (look): Seen<string> => {
        if (look.wanted !== wanted) return { seen: `${look.wanted} replicas are wanted` };
        const shown = proof(look);
        return shown === undefined ? { seen: unproven } : { done: `${wanted} replicas are wanted, and ${shown}` };
      }),
    missing: async (look) => changed(look),
    outcome(look) {
      const why = changed(look);
      if (why !== undefined) throw new Unmeasurable(why);
      judgeable?.(look);
      return undefined;
    },
  };
}
