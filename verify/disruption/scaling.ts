import { Unmeasurable } from "../common/errors";
import type { DeploymentLook, NamedObject, Right } from "../targets/disruptable";
import type { Disruptable } from "../targets/kubernetes/kubernetes-disruptable";
import { withUid } from "./faults";
import type { Disturbance } from "./stage";

/** What the check `scale` must be allowed to do, apart from looking. */
export function scaleRights({ workload }: Disruptable): readonly Right[] {
  return [
    { group: "apps", resource: "deployments", verb: "patch" },
    { group: "apps", resource: "deployments/scale", verb: "patch" },
    ...(workload.autoscaler === undefined ? [] : [{ group: "autoscaling", resource: "horizontalpodautoscalers", verb: "patch" }]),
  ];
}

/** What the check `scale` does, one after another. The cluster chooses which is removed; sessions had been begun on all. */
export const scaling: readonly Disturbance[] = [
  { id: "replica-added", title: "Replica added", ...scaledBy(1) },
  { id: "replica-removed", title: "Replica removed", ...scaledBy(-1) },
];

function scaledBy(by: 1 | -1): Pick<Disturbance, "scales" | "inflict"> {
  const inflict: Disturbance["inflict"] = async ({ disruptable, watch }, before) => {
    const wanted = before.wanted + by;
    const look = watch.fromNow();
    await disruptable.hold(wanted);
    /** The pod that was added, or removed. */
    let changed: NamedObject | undefined;
    const byOthers = ({ wanted: seen }: DeploymentLook): string | undefined =>
      seen === wanted ? undefined : `somebody else has changed the scale: ${seen} replicas are wanted, not ${wanted}`;
    return {
      target: `Deployment ${disruptable.workload.deployment.name}, ${before.wanted} → ${wanted} replicas`,
      async landed() {
        const { wanted: seen, pods } = look();
        if (seen !== wanted) throw new Unmeasurable(`${seen} replicas are wanted`);
        const staying = pods.filter(({ leaving }) => !leaving);
        changed = by > 0 ? without(pods, before.pods) : without(before.pods, staying);
        if (changed === undefined) throw new Unmeasurable(by > 0 ? "there is no new pod" : "no pod is ending");
        return `${wanted} replicas are wanted, and ${by > 0 ? `there is ${withUid(changed)}` : `${withUid(changed)} ends`}`;
      },
      missing: async (seen) => byOthers(seen),
      outcome(seen) {
        const why = byOthers(seen);
        if (why !== undefined) throw new Unmeasurable(why);
        if (by < 0 || seen.pods.some(({ uid, ready }) => ready && uid === changed?.uid)) return undefined;
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
