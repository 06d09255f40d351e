import type {
  V1ConfigMap,
  V1Job,
  V1OwnerReference,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
} from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { jobManifest, type JobPlan } from "./job";
import { labelsOf } from "./labels";
import { loader, loaderFile, partPrefix } from "./loader";

/** An object that is made for a run. */
export type Manifest = V1ServiceAccount | V1Role | V1RoleBinding | V1ConfigMap | V1Job;

/** Everything that a run inside the cluster takes. */
export interface Manifests {
  /** What the Job needs, in the order in which it is to be made. */
  readonly needs: readonly Manifest[];
  readonly job: V1Job;
}

/** All rights that the Job has, in its namespace: the replicas are found as pods, and asked at their own addresses. */
const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }];

/**
 * Pure: the objects of a run.
 * @param parts of the packed program
 */
export function manifestsOf(plan: JobPlan, parts: readonly Buffer[]): Manifests {
  const { name, namespace } = plan;
  const metadata = { name, namespace, labels: labelsOf(name) };
  const configMaps = parts.map((part, i): V1ConfigMap & { readonly metadata: { readonly name: string } } => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...metadata, name: parts.length === 1 ? name : `${name}-${i + 1}` },
    ...(i === 0 ? { data: { [loaderFile]: loader } } : {}),
    binaryData: { [`${partPrefix}${String(i).padStart(2, "0")}`]: part.toString("base64") },
  }));
  const account: V1ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata,
    automountServiceAccountToken: false,
  };
  const role: V1Role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata, rules };
  const binding: V1RoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace }],
  };
  return {
    needs: [account, role, binding, ...configMaps],
    job: jobManifest(
      plan,
      configMaps.map((map) => map.metadata.name),
    ),
  };
}

/** Pure: the same object, to be removed by the cluster together with its owner. */
export function ownedBy(manifest: Manifest, owner: V1OwnerReference): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, ownerReferences: [owner] } };
}
