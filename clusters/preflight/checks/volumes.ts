import { quantity } from "../../../lib/quantities";
import { type ClusterFacts, type LiveObject, ownLive } from "../facts";
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
    if (live === undefined) return [];
    const [wanted] = claimTemplates(it.manifest);
    const [claim] = live.spec?.volumeClaimTemplates ?? [];
    const { name } = it.manifest.metadata;
    const removal = `kubectl --context ${context} --namespace ${plan.namespace} delete statefulset ${name}`;
    if (wanted !== undefined && claim !== undefined) return checkRedis(sizeOf(wanted), claim, plan, removal);
    return it.manifest.kind === "PersistentVolumeClaim" ? checkJaeger(sizeOf(it.manifest), live, plan) : [];
  });
}

function sizeOf({ spec }: Claim): string | undefined {
  return spec?.resources?.requests?.["storage"];
}

/** Claims of a StatefulSet cannot be changed: it is made anew, and its volumes go with it. */
function checkRedis(wanted: string | undefined, claim: Claim, { storageClass }: Plan, removal: string): Finding[] {
  const now = sizeOf(claim);
  const named = claim.spec?.storageClassName;
  const loss = "another would be made, and all pins would go with this one";
  const anew = `to give the pins up: ${removal}`;
  const findings: Finding[] = [];
  if (now !== undefined && wanted !== undefined && quantity(now) !== quantity(wanted)) {
    const reason = `Redis' volume has ${now}, not ${wanted}: ${loss}`;
    findings.push(keep("redisStorage", now, reason, anew));
  }
  if (named !== storageClass) {
    const reason = `Redis' volume is of ${classText(named)}, not ${classText(storageClass)}: ${loss}`;
    findings.push(keep("storageClass", named ?? "default", reason, anew));
  }
  return findings;
}

/** A claim may only grow. Before one of another class could be made, this one would have to go, and Jaeger's pod holds it. */
function checkJaeger(wanted: string | undefined, live: LiveObject, { storageClass }: Plan): Finding[] {
  const now = sizeOf(live);
  const named = namedClass(live);
  const anew = "to give the traces up: pulumi config rm jaegerStorage, pulumi up, and set it again";
  const findings: Finding[] = [];
  if (now !== undefined && wanted !== undefined && quantity(now) > quantity(wanted)) {
    const reason = `Jaeger's volume has ${now}, and a volume does not shrink to ${wanted}`;
    findings.push(keep("jaegerStorage", now, reason, anew));
  }
  if (named !== storageClass) {
    const reason = `Jaeger's volume is of ${classText(named)}, not ${classText(storageClass)}, and a volume keeps its class`;
    findings.push(keep("storageClass", named ?? "default", reason, anew));
  }
  return findings;
}

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

function keep(setting: string, value: string, reason: string, anew: string): Finding {
  return obstacle(setting, reason, `pulumi config set ${setting} ${value}; or, ${anew}`);
}
