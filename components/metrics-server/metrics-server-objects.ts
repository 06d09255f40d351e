import type { PlannedObject } from "../planned-objects";

const rbac = "rbac.authorization.k8s.io/v1";
const name = "metrics-server";

/** The namespace in which the official manifests put it. */
export const metricsServerNamespace = "kube-system";

/** Names of the cluster-wide parts, those of the official manifests: a second metrics-server meets the first one. */
export const metricsServerNames = {
  server: name,
  readerRole: "system:aggregated-metrics-reader",
  role: "system:metrics-server",
  authDelegator: "metrics-server:system:auth-delegator",
  authReader: "metrics-server-auth-reader",
  apiService: "v1beta1.metrics.k8s.io",
} as const;

/** What a metrics-server puts into a cluster, outside the stack's namespace. */
export const metricsServerObjects: readonly PlannedObject[] = [
  inKubeSystem("v1", "ServiceAccount", "serviceaccounts", name),
  clusterWide(rbac, "ClusterRole", "clusterroles", metricsServerNames.readerRole),
  clusterWide(rbac, "ClusterRole", "clusterroles", metricsServerNames.role),
  inKubeSystem(rbac, "RoleBinding", "rolebindings", metricsServerNames.authReader),
  clusterWide(rbac, "ClusterRoleBinding", "clusterrolebindings", metricsServerNames.authDelegator),
  clusterWide(rbac, "ClusterRoleBinding", "clusterrolebindings", metricsServerNames.role),
  inKubeSystem("apps/v1", "Deployment", "deployments", name),
  inKubeSystem("v1", "Service", "services", name),
  clusterWide("apiregistration.k8s.io/v1", "APIService", "apiservices", metricsServerNames.apiService),
];

function clusterWide(apiVersion: string, kind: string, resource: string, objectName: string): PlannedObject {
  return { apiVersion, kind, resource, name: objectName, namespace: undefined };
}

function inKubeSystem(apiVersion: string, kind: string, resource: string, objectName: string): PlannedObject {
  return { apiVersion, kind, resource, name: objectName, namespace: metricsServerNamespace };
}
