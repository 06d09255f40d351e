import { createHash } from "node:crypto";
import { UNKNOWN, type PropertyMap } from "../rpc/properties";
import type { ResourceIdentity } from "../rpc/provider";
import { annotation, at, groupOf, textAt, withMetadata, type KubernetesObject, type ObjectRef } from "./objects";
import { REMEDY } from "./settings";

/** Marks an object whose name was made here, so that a replacement may have another. As the official provider. */
export const AUTONAMED = "pulumi.com/autonamed";

/** Kinds of Kubernetes 1.34 that belong to no namespace; kinds of CRDs are asked of the cluster. */
const CLUSTER_KINDS: ReadonlySet<string> = new Set(
  `Namespace Node PersistentVolume MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
  ValidatingWebhookConfiguration CustomResourceDefinition APIService CertificateSigningRequest FlowSchema
  PriorityLevelConfiguration IngressClass IPAddress ServiceCIDR RuntimeClass ClusterRole ClusterRoleBinding DeviceClass
  ResourceSlice PriorityClass CSIDriver CSINode StorageClass VolumeAttachment VolumeAttributesClass`.split(/\s+/),
);

const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(["", "apps", "autoscaling", "batch", "policy"]);

/** Whether a kind is namespaced; undefined where only the cluster knows. */
export function builtInScope(apiVersion: string, kind: string): "cluster" | "namespace" | undefined {
  const group = groupOf(apiVersion);
  // Groups under k8s.io are Kubernetes' own, those under x-k8s.io are CRDs.
  if (!BUILT_IN_GROUPS.has(group) && !/(^|\.)(?<!x-)k8s\.io$/.test(group)) return undefined;
  return CLUSTER_KINDS.has(kind) ? "cluster" : "namespace";
}

/**
 * The apiVersion and kind of a type token, such as `kubernetes:apps/v1:Deployment`.
 *
 * @throws Error for what is no plain object: charts, YAML files, kustomizations, patches and lists
 */
export function kindOfType({ type, name }: ResourceIdentity): { readonly apiVersion: string; readonly kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  const plain = /^[^/]+\/v\w+$/.test(module) && !/^(helm\.sh|yaml|kustomize)\//.test(module);
  if (!plain || /(Patch|List)$/.test(kind)) {
    throw new Error(`${name}: ${type} is not supported by this kubernetes plugin, which knows single objects only; ${REMEDY}`);
  }
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** What names the object of these inputs. @throws Error where apiVersion, kind or name are missing. */
export function refOf(object: KubernetesObject): ObjectRef {
  const [apiVersion, kind, name] = [textAt(object, "apiVersion"), textAt(object, "kind"), textAt(object, "metadata", "name")];
  if (apiVersion === undefined || kind === undefined || name === undefined) {
    throw new Error("an object needs apiVersion, kind and metadata.name");
  }
  return { apiVersion, kind, name, namespace: textAt(object, "metadata", "namespace") };
}

/** `namespace/name`, or `name` for an object of the cluster; the official provider's ids. */
export function idOf({ namespace, name }: ObjectRef): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What an id means for a kind; for imports. */
export function refOfId(id: string, apiVersion: string, kind: string): ObjectRef {
  const [namespace, name] = id.includes("/") ? [id.slice(0, id.indexOf("/")), id.slice(id.indexOf("/") + 1)] : [undefined, id];
  const implied = builtInScope(apiVersion, kind) === "namespace" ? "default" : undefined;
  return { apiVersion, kind, namespace: namespace ?? implied, name };
}

export function isAutonamed(object: KubernetesObject): boolean {
  return annotation(object, AUTONAMED) === "true";
}

/**
 * Gives an object without a name the one that it had, or a new one: the resource's name and seven digits made from the
 * engine's seed, so that preview and update agree.
 */
export function withName(
  inputs: PropertyMap,
  resourceName: string,
  oldInputs: PropertyMap | undefined,
  seed: Uint8Array,
): PropertyMap {
  if (at(inputs, "metadata", "name") !== undefined || at(inputs, "metadata") === UNKNOWN) return inputs;
  const kept = oldInputs !== undefined && isAutonamed(oldInputs) ? textAt(oldInputs, "metadata", "name") : undefined;
  const digits = createHash("sha256").update(seed).update(resourceName).digest("hex").slice(0, 7);
  const annotations = at(inputs, "metadata", "annotations");
  return withMetadata(inputs, {
    name: kept ?? `${resourceName}-${digits}`,
    annotations: annotations === UNKNOWN ? annotations : { ...(annotations as PropertyMap | undefined), [AUTONAMED]: "true" },
  });
}
