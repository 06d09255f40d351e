import type { PathSegment } from "../rpc/diff";
import { at, groupOf, textAt, type KubernetesObject } from "./objects";
import type { ProviderSettings } from "./settings";

/**
 * Fields that cannot be changed in place, by group and kind, as in the official provider 4.34 (provider/pkg/provider/
 * diff.go). `*` stands for any list index; a field includes everything below it.
 */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
  "/PersistentVolume": ["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.volumeMode"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  "/Pod": ["spec"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

/** Of a Pod's spec, what may change in place. */
const MUTABLE_POD_FIELDS = [
  "spec.containers.*.image",
  "spec.initContainers.*.image",
  "spec.activeDeadlineSeconds",
  "spec.tolerations",
];

type Mutability = Pick<ProviderSettings, "enableConfigMapMutable" | "enableSecretMutable">;

/** Whether a changed field of this object means a new object. */
export function needsReplacement(path: readonly PathSegment[], oldObject: KubernetesObject, settings: Mutability): boolean {
  const kind = textAt(oldObject, "kind") ?? "";
  const groupAndKind = `${groupOf(textAt(oldObject, "apiVersion") ?? "")}/${kind}`;
  if (
    groupAndKind === "/Pod" &&
    MUTABLE_POD_FIELDS.some((field) => path.length >= field.split(".").length && covers(field, path))
  )
    return false;
  return [...identityFields, ...(IMMUTABLE[groupAndKind] ?? []), ...dataFields(groupAndKind, oldObject, settings)].some((field) =>
    covers(field, path),
  );
}

const identityFields = ["kind", "metadata.name", "metadata.namespace"];

/** Pods read their configuration when they start, so the official provider replaces it unless it is told otherwise. */
function dataFields(
  groupAndKind: string,
  object: KubernetesObject,
  { enableConfigMapMutable, enableSecretMutable }: Mutability,
): string[] {
  const immutable = at(object, "immutable") === true;
  if (groupAndKind === "/ConfigMap" && (immutable || !enableConfigMapMutable)) return ["data", "binaryData"];
  if (groupAndKind === "/Secret" && (immutable || !enableSecretMutable)) return ["data"];
  return [];
}

function covers(field: string, path: readonly PathSegment[]): boolean {
  const steps = field.split(".");
  // A change of a whole parent changes the field too: replacing `spec` replaces `spec.selector`.
  return steps.every((step, index) => index >= path.length || step === "*" || step === String(path[index]));
}
