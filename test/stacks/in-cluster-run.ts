import type { KubeConfig, KubernetesObject } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";

/** Selects what `--in-cluster` made, of whichever run. */
const labelSelector = "app.kubernetes.io/name=plano-affinity-verify";

/** What `--in-cluster` made and is still there, by kind and name; pods go a moment after their Job. */
export async function leftInCluster(config: KubeConfig, namespace: string): Promise<string[]> {
  const { BatchV1Api, CoreV1Api, RbacAuthorizationV1Api } = await import("@kubernetes/client-node");
  const core = config.makeApiClient(CoreV1Api);
  const batch = config.makeApiClient(BatchV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const query = { namespace, labelSelector };
  const lists = await Promise.all([
    batch.listNamespacedJob(query),
    core.listNamespacedConfigMap(query),
    core.listNamespacedServiceAccount(query),
    rbac.listNamespacedRole(query),
    rbac.listNamespacedRoleBinding(query),
  ]);
  return lists.flatMap(({ kind = "", items }) => items.map(({ metadata }) => `${kind.replace(/List$/, "")} ${metadata?.name}`));
}

/**
 * Creates the objects of a YAML text as `kubectl apply` does for new ones: with each object as it was written in an
 * annotation, for which the API server allows 256 KiB.
 */
export async function applyAsKubectl(config: KubeConfig, yaml: string): Promise<KubernetesObject[]> {
  const { KubernetesObjectApi } = await import("@kubernetes/client-node");
  const api = KubernetesObjectApi.makeApiClient(config);
  const made: KubernetesObject[] = [];
  for (const document of parseAllDocuments(yaml)) {
    const object = document.toJS() as KubernetesObject & { metadata: object };
    const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `${JSON.stringify(object)}\n` };
    made.push(await api.create({ ...object, metadata: { ...object.metadata, annotations } }));
  }
  return made;
}

/** Deletes objects, those that depend on them included. */
export async function deleteAll(config: KubeConfig, objects: readonly KubernetesObject[]): Promise<void> {
  const { KubernetesObjectApi } = await import("@kubernetes/client-node");
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const object of objects) {
    await api.delete(object, undefined, undefined, undefined, undefined, "Background");
  }
}
