import { diffProperties, type PropertyChange, type PropertyMap, UNKNOWN } from "../rpc/properties";
import type { DiffResult } from "../rpc/provider";
import { kubeconfigOf } from "./client";
import { isAutonamed } from "./identity";
import { at, groupKind, groupOf, type KubernetesObject, textAt } from "./objects";
import { withEncodedData } from "./outputs";
import { parseSettings, type ProviderSettings } from "./settings";

/**
 * Fields that cannot be changed in place, by group and kind, as in the official provider 4.34 (provider/pkg/provider/
 * diff.go). A field includes everything below it.
 */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": ["podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"].map(
    (field) => `spec.${field}`,
  ),
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
  "/PersistentVolume": ["spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.volumeMode"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

const IDENTITY_FIELDS = ["kind", "metadata.name", "metadata.namespace"];

/** What changing an object from these inputs to those means. */
export function diffObjects(keptInputs: PropertyMap, newInputs: PropertyMap, settings: ProviderSettings): DiffResult {
  // What an earlier version kept: the same data in other words is no change.
  const oldInputs = withEncodedData(keptInputs);
  const [oldGroup, newGroup] = [oldInputs, newInputs].map((it) => groupOf(textAt(it, "apiVersion") ?? ""));
  const changes = diffProperties(oldInputs, newInputs)
    // The versions of one group show the same object.
    .filter(({ path }) => path.join() !== "apiVersion" || oldGroup !== newGroup)
    .map((change) => ({
      ...change,
      replace: change.path[0] === "apiVersion" || needsReplacement(change.path, oldInputs, settings),
    }));
  const samePlace = IDENTITY_FIELDS.every((field) => at(oldInputs, ...field.split(".")) === at(newInputs, ...field.split(".")));
  return {
    changes,
    deleteBeforeReplace: changes.some(({ replace }) => replace) && !isAutonamed(newInputs) && samePlace,
  };
}

/** Whether a changed field of this object means a new object. */
function needsReplacement(path: PropertyChange["path"], oldObject: KubernetesObject, settings: ProviderSettings): boolean {
  const kind = groupKind(oldObject);
  const fields = [...IDENTITY_FIELDS, ...(IMMUTABLE[kind] ?? []), ...dataFields(kind, oldObject, settings)];
  return fields.some((field) => covers(field, path));
}

/** Pods read their configuration when they start, so the official provider replaces it unless it is told otherwise. */
function dataFields(kind: string, object: KubernetesObject, settings: ProviderSettings): string[] {
  const immutable = at(object, "immutable") === true;
  if (kind === "/ConfigMap" && (immutable || !settings.enableConfigMapMutable)) return ["data", "binaryData"];
  return kind === "/Secret" && (immutable || !settings.enableSecretMutable) ? ["data"] : [];
}

/** Also where a whole parent changes: replacing `spec` replaces `spec.selector`. */
function covers(field: string, path: PropertyChange["path"]): boolean {
  return field.split(".").every((step, index) => index >= path.length || step === path[index]);
}

/**
 * What a change of the provider's own configuration means. With a `clusterIdentifier` that stays, none replaces
 * anything: a cluster's address and certificates may change under it. Without one, another cluster in the kubeconfig
 * means other objects (the official provider's rule).
 */
export function diffSettings(oldConfig: PropertyMap, newConfig: PropertyMap): DiffResult {
  const [oldIdentifier, newIdentifier] = [textAt(oldConfig, "clusterIdentifier"), textAt(newConfig, "clusterIdentifier")];
  const isOther = (): boolean => {
    // Not known yet, in a preview: a cluster that is only started again keeps its identifier.
    if (newIdentifier === UNKNOWN) return false;
    if (oldIdentifier !== undefined && newIdentifier !== undefined) return oldIdentifier !== newIdentifier;
    const [oldServer, newServer] = [serverOf(oldConfig), serverOf(newConfig)];
    return newServer === undefined || (oldServer !== undefined && oldServer !== newServer);
  };
  const choosesCluster = (key: string): boolean => ["kubeconfig", "context", "cluster", "clusterIdentifier"].includes(key);
  return {
    changes: diffProperties(oldConfig, newConfig).map((change) => ({
      ...change,
      replace: choosesCluster(String(change.path[0])) && isOther(),
    })),
  };
}

/** The address of the cluster that a configuration points at; undefined where the kubeconfig does not say, or is not known. */
function serverOf(config: PropertyMap): string | undefined {
  try {
    const settings = parseSettings(config);
    return settings.kubeconfig === undefined ? undefined : kubeconfigOf(settings).server;
  } catch {
    return undefined;
  }
}
