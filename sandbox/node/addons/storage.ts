import type { KubernetesObject } from "@kubernetes/client-node";

/** The default storage class: folders of the node, made by the controller-manager's host-path provisioner. */
export function storageObjects(): KubernetesObject[] {
  return [
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "kubernetes.io/host-path",
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    } as KubernetesObject,
  ];
}
