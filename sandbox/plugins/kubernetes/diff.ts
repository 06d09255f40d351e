import { isDeepStrictEqual } from "node:util";
import { changedKeys, type PropertyMap, UNKNOWN } from "../rpc/properties";
import { kubeconfigOf, parseSettings } from "./cluster";
import { at, groupKind, textAt } from "./objects";
import type { DiffResult } from "./request";

/** Fields of the stack's kinds that cannot be changed in place, with all below them: provider/pkg/provider/diff.go of 4.34. */
const IMMUTABLE: Readonly<Record<string, readonly string[]>> = {
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": ["podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates"].map(
    (field) => `spec.${field}`,
  ),
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName", "spec.volumeMode"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP"],
};

const IDENTITY_FIELDS = ["kind", "metadata.name", "metadata.namespace"];

/** What changing an object from these inputs to those means. */
export function diffObjects(oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult {
  const kind = groupKind(oldInputs);
  const differs = (field: string): boolean => {
    const [before, after] = [oldInputs, newInputs].map((it) => at(it, ...field.split(".")));
    return !isDeepStrictEqual(before, after);
  };
  // The versions of one group show the same object.
  const isOtherKind = kind !== groupKind(newInputs);
  const changed = changedKeys(oldInputs, newInputs).filter((key) => key !== "apiVersion" || isOtherKind);
  const data = at(oldInputs, "immutable") === true ? ["data", "binaryData"] : [];
  const fields = [...IDENTITY_FIELDS, ...(IMMUTABLE[kind] ?? []), ...data];
  const replaced = [...fields, ...(isOtherKind ? ["apiVersion"] : [])].filter(differs);
  const isElsewhere = IDENTITY_FIELDS.some(differs);
  return { changed, replaced, deleteBeforeReplace: replaced.length > 0 && !isElsewhere };
}

/**
 * What a change of the provider's own configuration means. With a `clusterIdentifier` that stays, none replaces
 * anything: a cluster's address and certificates may change under it. Without one, another cluster in the kubeconfig
 * means other objects (the official provider's rule).
 */
export function diffSettings(oldConfig: PropertyMap, newConfig: PropertyMap): DiffResult {
  const changed = changedKeys(oldConfig, newConfig);
  const choosing = changed.filter((key) => ["kubeconfig", "context", "clusterIdentifier"].includes(key));
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
