import type { ClusterFacts, LiveObject } from "../preflight/facts";
import type { Plan, PlannedObject, PlannedPods } from "../preflight/plan";

/** A plan of one gateway, one Redis with a volume, and the namespace. */
export function plan(changes: Partial<Plan> = {}): Plan {
  return {
    stackId: "mine",
    namespace: "demo",
    createNamespace: true,
    objects: [
      { apiVersion: "v1", kind: "Namespace", resource: "namespaces", name: "demo", namespace: undefined },
      planned("apps/v1", "Deployment", "deployments", "plano", {
        count: 2,
        most: 5,
        runsAsRoot: true,
        containers: [{ name: "gateway", requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "2Gi" } }],
      }),
      { ...planned("v1", "Service", "services", "plano"), isGatewayService: true },
      planned("apps/v1", "StatefulSet", "statefulsets", "redis", {
        count: 1,
        most: 1,
        runsAsRoot: false,
        containers: [{ name: "redis", requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "576Mi" } }],
        storage: "1Gi",
      }),
    ],
    serviceType: "NodePort",
    nodePort: 32_000,
    storageClass: undefined,
    metricsServer: "cluster",
    onKind: false,
    ...changes,
  };
}

export function planned(apiVersion: string, kind: string, resource: string, name: string, pods?: PlannedPods): PlannedObject {
  return { apiVersion, kind, resource, name, namespace: "demo", ...(pods && { pods }) };
}

/** A cluster on which nothing stands in the way of {@link plan}, and nothing of it is there yet. */
export function facts(changes: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    version: { major: "1", minor: "34" },
    context: "blue",
    minikube: false,
    namespace: { seen: undefined },
    found: plan().objects.map((it) => ({ planned: it, live: { seen: undefined } })),
    denied: { seen: [] },
    storageClasses: {
      seen: [
        {
          provisioner: "example.com/disk",
          metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        },
      ],
    },
    services: { seen: [] },
    nodePortTaken: { unseen: "it was not asked for" },
    quotas: { seen: [] },
    limitRanges: { seen: [] },
    absentApis: { seen: [] },
    metricsApi: { seen: "served" },
    ...changes,
  };
}

/** Objects of the plan that are there, as somebody's; `mine` is the stack's own. */
export function foundAs(owner: string | undefined, ...names: readonly string[]): Pick<ClusterFacts, "found"> {
  const live: LiveObject = { metadata: owner === undefined ? {} : { annotations: { "plano-affinity/stack": owner } } };
  return {
    found: plan().objects.map((it) => ({
      planned: it,
      live: { seen: names.includes(`${it.kind} ${it.name}`) ? live : undefined },
    })),
  };
}
