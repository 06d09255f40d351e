import type { ClusterFacts } from "../facts";
import { type Finding, obstacle, warning } from "../finding";
import { isThere } from "../ownership";
import type { Plan } from "../plan";

/** Annotations that make a StorageClass the default one; the second is of Kubernetes before 1.6 and still honoured. */
const defaultMarks = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];

/** Redis' volumes will find a StorageClass. */
export function checkStorageClass({ found, storageClasses }: ClusterFacts, plan: Plan): Finding[] {
  const claims = plan.objects.filter(({ pods }) => pods?.storage !== undefined);
  // Volumes that there are already have theirs.
  if (claims.every(({ kind, name }) => isThere(found, kind, name, plan.stackId))) return [];
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
