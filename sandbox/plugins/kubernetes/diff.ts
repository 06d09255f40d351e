import { isDeepStrictEqual } from "node:util";
import { changedKeys, type PropertyMap, UNKNOWN } from "../rpc/properties";
import { kubeconfigOf, parseSettings, type ProviderSettings } from "./cluster";
import { at, groupKind, isAutonamed, textAt } from "./objects";
import { withEncodedData } from "./outputs";
import type { DiffResult } from "./request";

/** Fields that cannot be changed in place, with all below them, by group and kind: provider/pkg/provider/diff.go of 4.34. */
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
  const kind = groupKind(oldInputs);
  const differs = (field: string): boolean => {
    const [before, after] = [oldInputs, newInputs].map((it) => at(it, ...field.split(".")));
    return !isDeepStrictEqual(before, after);
  };
  // The versions of one group show the same object.
  const isOtherKind = kind !== groupKind(newInputs);
  const changed = changedKeys(oldInputs, newInputs).filter((key) => key !== "apiVersion" || isOtherKind);
  const fields = [...IDENTITY_FIELDS, ...(IMMUTABLE[kind] ?? []), ...dataFields(kind, oldInputs, settings)];
  const replaced = [...fields, ...(isOtherKind ? ["apiVersion"] : [])].filter(differs);
  const isElsewhere = IDENTITY_FIELDS.some(differs);
  return { changed, replaced, deleteBeforeReplace: replaced.length > 0 && !isAutonamed(newInputs) && !isElsewhere };
}

/** Pods read their configuration when they start, so the official provider replaces it unless it is told otherwise. */
function dataFields(kind: string, object: PropertyMap, settings: ProviderSettings): string[] {
  const immutable = at(object, "immutable") === true;
  if (kind === "/ConfigMap" && (immutable || !settings.enableConfigMapMutable)) return ["data", "binaryData"];
  return kind === "/Secret" && (immutable || !settings.enableSecretMutable) ? ["data"] : [];
}

/**
 * What a change of the provider's own configuration means. With a `clusterIdentifier` that stays, none replaces
 * anything: a cluster's address and certificates may change under it. Without one, another cluster in the kubeconfig
 * means other objects (the official provider's rule).
 */
export function diffSettings(oldConfig: PropertyMap, newConfig: PropertyMap): DiffResult {
  const changed = changedKeys(oldConfig, newConfig);
  const choosing = changed.filter((key) => ["kubeconfig", "context", "cluster", "clusterIdentifier"].includes(key));
  return { changed, replaced: isOtherCluster(oldConfig, newConfig) ? choosing : [] };
}

function isOtherCluster(oldConfig: PropertyMap, newConfig: PropertyMap): boolean {
  const [oldIdentifier, newIdentifier] = [textAt(oldConfig, "clusterIdentifier"), textAt(newConfig, "clusterIdentifier")];
  // Not known yet, in a preview: a cluster that is only started again keeps its identifier.
  if (newIdentifier === UNKNOWN) return false;
  if (oldIdentifier !== undefined && newIdentifier !== undefined) return oldIdentifier !== newIdentifier;
  const [oldServer, newServer] = [serverOf(oldConfig), serverOf(newConfig)];
  return newServer === undefined || (oldServer !== undefined && oldServer !== newServer);
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
