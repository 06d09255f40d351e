import { quantity } from "../../../lib/quantities";
import { type ClusterFacts, type LiveObject, ownLive, seenOr } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { type Claim, claimTemplates, type Plan } from "../plan";

/** Annotations that make a StorageClass the default one; the second is of Kubernetes before 1.6 and still honoured. */
const defaultMarks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/** The volumes will find a StorageClass. */
export function checkStorageClass({ planned, storageClasses }: ClusterFacts, plan: Plan): Finding[] {
  const claims = planned.filter(({ manifest: it }) => it.kind === "PersistentVolumeClaim" || claimTemplates(it).length > 0);
  // Volumes that there are already have theirs.
  if (claims.every((it) => ownLive(it, plan.stackId) !== undefined)) return [];
  if ("unseen" in storageClasses) {
    const reason = `whether there is ${plan.storageClass ?? "a default StorageClass"} could not be checked: ${storageClasses.unseen}`;
    return [warning("storageClass", reason, "without one Redis waits for its volume until the update gives up")];
  }
  const names = storageClasses.seen.map(({ metadata }) => metadata?.name ?? "");
  const known = names.length === 0 ? "the cluster has none" : `there is ${names.join(", ")}`;
  const example = names[0] ?? "…";
  if (plan.storageClass !== undefined) {
    if (names.includes(plan.storageClass)) return [];
    const reason = `there is no StorageClass ${plan.storageClass}; ${known}`;
    return [obstacle("storageClass", reason, `pulumi config set storageClass ${example}`)];
  }
  const isDefault = storageClasses.seen.some(({ metadata }) => defaultMarks.some((it) => metadata?.annotations?.[it] === "true"));
  if (isDefault) return [];
  const reason = `the cluster has no default StorageClass for Redis' volume; ${known}`;
  return [obstacle("storageClass", reason, `pulumi config set storageClass ${example}, or a Redis of your own by redisUrl`)];
}

/** The volumes that the stack has are those that the settings name: others would be made in their place, and empty. */
export function checkVolumes({ context, planned }: ClusterFacts, plan: Plan): Finding[] {
  return planned.flatMap((it) => {
    const live = ownLive(it, plan.stackId);
    const { kind, metadata } = it.manifest;
    // Redis' claim is its StatefulSet's, which is made anew for another one; Jaeger's is an object of its own.
    const ofRedis = kind !== "PersistentVolumeClaim";
    const wanted: Claim | undefined = ofRedis ? claimTemplates(it.manifest)[0] : it.manifest;
    const now = ofRedis ? live?.spec?.volumeClaimTemplates?.[0] : live;
    if (wanted === undefined || now === undefined) return [];
    const removal = `kubectl --context ${context} --namespace ${plan.namespace} delete statefulset ${metadata.name}`;
    const [whose, setting, loss, anew] = ofRedis
      ? [
          "Redis'",
          "redisStorage",
          "another would be made, and all pins would go with this one",
          `to give the pins up: ${removal}`,
        ]
      : ["Jaeger's", "jaegerStorage", "a volume does not shrink, and keeps its class", loseTraces];
    const [has, size] = [sizeOf(now), sizeOf(wanted)];
    const growth = quantity(size) - quantity(has);
    const named = ofRedis ? now.spec?.storageClassName : namedClass(now);
    const differences = [
      [setting, has, `has ${has}`, size, ofRedis ? growth !== 0 : growth < 0],
      [
        "storageClass",
        named ?? "default",
        `is of ${classText(named)}`,
        classText(plan.storageClass),
        named !== plan.storageClass,
      ],
    ] as const;
    return differences
      .filter(([, , , , differs]) => differs)
      .map(([key, value, is, not]) => {
        const reason = `${whose} volume ${is}, not ${not}: ${loss}`;
        return obstacle(key, reason, `pulumi config set ${key} ${value}; or, ${anew}`);
      });
  });
}

/** An earlier run waited in vain for a volume: its claim's event has the cause, which not every plugin tells. */
export function checkClaims({ context, claimWarnings }: ClusterFacts, { namespace }: Plan): Finding[] {
  const last = new Map(seenOr(claimWarnings, []).map((it) => [it.involvedObject.name, it]));
  return [...last].map(([name, { reason, message }]) => {
    const remedy = `kubectl --context ${context} --namespace ${namespace} describe pvc ${name} shows all of it`;
    return warning("storageClass", `the volume ${name} is not made: ${reason}: ${message}`, remedy);
  });
}

function sizeOf({ spec }: Claim): string {
  return spec?.resources?.requests?.["storage"] ?? "0";
}

const loseTraces = "to give the traces up: pulumi config rm jaegerStorage, pulumi up, and set it again";

/** The class that a claim was made with. The API server writes the default one into a claim that names none. */
function namedClass({ metadata, spec }: LiveObject): string | undefined {
  const isNamed = metadata?.managedFields?.some(({ operation, fieldsV1 }) => {
    const fields = fieldsV1 as { readonly "f:spec"?: Readonly<Record<string, unknown>> } | undefined;
    return operation === "Apply" && fields?.["f:spec"]?.["f:storageClassName"] !== undefined;
  });
  return isNamed === true ? spec?.storageClassName : undefined;
}

function classText(name: string | undefined): string {
  return name === undefined ? "the default StorageClass" : `the StorageClass ${name}`;
}
