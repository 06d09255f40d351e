import { Unmeasurable } from "../common/errors";
import type { DeploymentLook, Disruptable, NamedObject, Right } from "../targets/disruptable";
import type { Disturbance } from "./disturbance";
import { withUid } from "./faults";
import type { Seen } from "./wait";

/** What the check `scale` must be allowed to do, apart from looking. */
export function scaleRights({ workload }: Disruptable): readonly Right[] {
  return [
    { group: "apps", resource: "deployments", verb: "patch" },
    { group: "apps", resource: "deployments/scale", verb: "patch" },
    ...(workload.autoscaler === undefined ? [] : [{ group: "autoscaling", resource: "horizontalpodautoscalers", verb: "patch" }]),
  ];
}

/** What the check `scale` does, one after another. */
export const scaling = {
  /** It is judged by what it does from the moment at which it is ready. */
  "replica-added": (disruptable: Disruptable): Disturbance => ({
    id: "replica-added",
    title: "Replica added",
    after: "a replica was added",
    ...scaledBy(1, disruptable),
  }),
  /** Whichever the cluster chooses; sessions had been begun on all of them. */
  "replica-removed": (disruptable: Disruptable): Disturbance => ({
    id: "replica-removed",
    title: "Replica removed",
    after: "a replica was removed",
    ...scaledBy(-1, disruptable),
  }),
} as const;

function scaledBy(by: 1 | -1, disruptable: Disruptable): Pick<Disturbance, "scales" | "inflict"> {
  const inflict: Disturbance["inflict"] = async (watch, before) => {
    const wanted = before.wanted + by;
    const begunAt = watch.now();
    await disruptable.hold(wanted);
    /** The pod that was added, or removed. */
    let changed: NamedObject | undefined;
    const byOthers = (look: DeploymentLook): string | undefined =>
      look.wanted === wanted
        ? undefined
        : `somebody else has changed the scale: ${look.wanted} replicas are wanted, not ${wanted}`;
    return {
      target: `Deployment ${disruptable.workload.deployment.name}, ${before.wanted} → ${wanted} replicas`,
      landed: () =>
        watch.since(begunAt, ({ wanted: seen, pods }): Seen<string> => {
          if (seen !== wanted) return { seen: `${seen} replicas are wanted` };
          const staying = pods.filter(({ leaving }) => !leaving);
          changed = by > 0 ? without(pods, before.pods) : without(before.pods, staying);
          if (changed === undefined) return { seen: by > 0 ? "there is no new pod" : "no pod is ending" };
          const what = by > 0 ? `there is ${withUid(changed)}` : `${withUid(changed)} ends`;
          return { done: `${wanted} replicas are wanted, and ${what}` };
        }),
      missing: async (look) => byOthers(look),
      outcome(look) {
        const why = byOthers(look);
        if (why !== undefined) throw new Unmeasurable(why);
        if (by < 0 || look.pods.some(({ uid, ready }) => ready && uid === changed?.uid)) return undefined;
        throw new Unmeasurable(`${changed?.name} was added, and is not among the replicas any more`);
      },
    };
  };
  return { scales: true, inflict };
}

/** The first of the pods that is not among the others. */
function without(pods: readonly NamedObject[], others: readonly NamedObject[]): NamedObject | undefined {
  return pods.find(({ uid }) => !others.some((other) => other.uid === uid));
}
