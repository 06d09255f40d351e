import type { ClusterKind } from "../settings/cluster-kind";
import type { Manifest } from "../lib/kubernetes/objects";
import { planImages } from "../images";
import type { ClusterDefaults, Settings } from "../settings";
import { metricsServerObjects } from "./metrics-server/metrics-server-objects";
import { appNames, credentials, nodePorts } from "./names";
import { redisMemoryLimitMib } from "./redis/redis-config";
import { redisWatchResources } from "./plano/redis-watch/redis-watch";

/** Resources of one container, as Kubernetes writes them. */
export interface PlannedContainer {
  readonly name: string;
  readonly requests: { readonly cpu?: string; readonly memory?: string };
  readonly limits: { readonly cpu?: string; readonly memory?: string };
}

/** The pods of a workload. */
export interface PlannedPods {
  readonly count: number;
  readonly most: number;
  readonly runsAsRoot: boolean;
  readonly containers: readonly PlannedContainer[];
  /** Size of the volume that each pod claims. */
  readonly storage?: string;
}

/** An object that the stack will make. */
export interface PlannedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly resource: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly pods?: PlannedPods;
  readonly storage?: string;
  readonly isGatewayService?: true;
  readonly nodePort?: number;
  readonly isTransient?: true;
}

/** An object as the API server would get it, as far as it is known here. */
export function manifestOf(
  object: PlannedObject,
  choices: Pick<Settings, "storageClass" | "maxReplicas" | "minReplicas"> & Pick<ClusterDefaults, "serviceType">,
): Manifest {
  const { apiVersion, kind, name, namespace, pods, storage, nodePort } = object;
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const claim = (size: string) => ({
    accessModes: ["ReadWriteOnce"],
    ...(choices.storageClass !== undefined && { storageClassName: choices.storageClass }),
    resources: { requests: { storage: size } },
  });
  const labels = { app: name };
  const restricted = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ["ALL"] },
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  };
  const template = pods && {
    metadata: { labels },
    spec: {
      containers: pods.containers.map(({ name: container, requests, limits }) => ({
        name: container,
        image: "scratch",
        resources: { requests, limits },
        ...(!pods.runsAsRoot && { securityContext: { ...restricted, runAsNonRoot: undefined } }),
      })),
      securityContext: pods.runsAsRoot ? { runAsUser: 0 } : { runAsNonRoot: true },
    },
  };
  const exposed = object.isGatewayService === true ? choices.serviceType : nodePort === undefined ? "ClusterIP" : "NodePort";
  const port = object.isGatewayService === true && exposed === "NodePort" ? nodePorts.gateway : nodePort;
  const selector = { matchLabels: labels };
  const specs: Readonly<Record<string, object | undefined>> = {
    Deployment: { selector, template },
    StatefulSet: {
      selector,
      template,
      serviceName: name,
      replicas: pods?.count,
      ...(pods?.storage !== undefined && { volumeClaimTemplates: [{ metadata: { name: "data" }, spec: claim(pods.storage) }] }),
    },
    Service: { type: exposed, selector: labels, ports: [{ port: 80, ...(port !== undefined && { nodePort: port }) }] },
    PersistentVolumeClaim: storage === undefined ? undefined : claim(storage),
    HorizontalPodAutoscaler: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
      minReplicas: choices.minReplicas,
      maxReplicas: choices.maxReplicas,
    },
  };
  const spec = specs[kind];
  return { apiVersion, kind, metadata, ...(spec && { spec }) };
}

/** The settings on which the objects of a stack depend. */
export type ObjectSettings = Pick<
  Settings,
  | "namespace"
  | "createNamespace"
  | "minReplicas"
  | "maxReplicas"
  | "redisReplicas"
  | "redisMaxMemory"
  | "redisStorage"
  | "jaegerStorage"
  | "redisUrl"
  | "image"
  | "registry"
  | "imagePullConfig"
  | "ingress"
  | "monitoring"
> &
  Pick<ClusterDefaults, "gateway" | "needsStub" | "metricsServer"> & {
    /** Default `existing`, where nodes' ports do not answer. */
    readonly kind?: ClusterKind;
    readonly nodePortsAnswer?: boolean;
  };

/** The kinds of object in the stack's namespace: apiVersion, and name in URLs. */
const kinds = {
  ConfigMap: ["v1", "configmaps"],
  Secret: ["v1", "secrets"],
  Service: ["v1", "services"],
  PersistentVolumeClaim: ["v1", "persistentvolumeclaims"],
  Deployment: ["apps/v1", "deployments"],
  StatefulSet: ["apps/v1", "statefulsets"],
  HorizontalPodAutoscaler: ["autoscaling/v2", "horizontalpodautoscalers"],
  PodDisruptionBudget: ["policy/v1", "poddisruptionbudgets"],
  Job: ["batch/v1", "jobs"],
  NetworkPolicy: ["networking.k8s.io/v1", "networkpolicies"],
  Ingress: ["networking.k8s.io/v1", "ingresses"],
  HTTPRoute: ["gateway.networking.k8s.io/v1", "httproutes"],
  Gateway: ["gateway.networking.k8s.io/v1", "gateways"],
  PodMonitor: ["monitoring.coreos.com/v1", "podmonitors"],
  PrometheusRule: ["monitoring.coreos.com/v1", "prometheusrules"],
} as const;

const gatewayContainers = {
  plano: container("gateway", "250m", "512Mi", "2Gi"),
  standin: container("gateway", "200m", "96Mi", "256Mi"),
} as const;

/**
 * Every object that the stack makes in a cluster of the user's, as preflight needs to know them beforehand: for rights,
 * names that are taken, and quotas. A test compares them with what the program registers.
 */
export function plannedObjects(settings: ObjectSettings): PlannedObject[] {
  const inNamespace = (kind: keyof typeof kinds, name: string, pods?: PlannedPods): PlannedObject => {
    const [apiVersion, resource] = kinds[kind];
    return { apiVersion, kind, resource, name, namespace: settings.namespace, ...(pods && { pods }) };
  };
  const { gateway, redis, redisProxy, redisExporter, jaeger, stub } = appNames;
  const { minReplicas, maxReplicas, ingress, kind = "existing" } = settings;
  const one = (only: PlannedContainer): PlannedPods => ({ count: 1, most: 1, runsAsRoot: false, containers: [only] });
  const members = settings.redisReplicas;
  const redisContainer = container("redis", "50m", "64Mi", `${redisMemoryLimitMib(settings.redisMaxMemory)}Mi`);
  const images = planImages({ kind, gateway: settings.gateway, image: settings.image, registry: settings.registry });
  const failover: readonly PlannedObject[] =
    members === 1
      ? []
      : [
          inNamespace("Secret", "redis-seeds"),
          inNamespace("PodDisruptionBudget", redis),
          ...Array.from({ length: members }, (_, index) => inNamespace("Service", `redis-${index}`)),
          inNamespace("NetworkPolicy", "redis-proxy-from-gateway"),
          inNamespace("ConfigMap", redisProxy),
          inNamespace("PodDisruptionBudget", redisProxy),
          inNamespace("Deployment", redisProxy, { ...one(container("haproxy", "20m", "32Mi", "128Mi")), count: 2, most: 2 }),
        ];
  return [
    ...(settings.createNamespace ? [clusterWide("v1", "Namespace", "namespaces", settings.namespace)] : []),
    inNamespace("Secret", credentials.secret),
    ...(settings.redisUrl === undefined
      ? [
          inNamespace("ConfigMap", "redis-config"),
          inNamespace("Secret", "redis-auth"),
          inNamespace("Service", "redis-headless"),
          inNamespace("Service", redis),
          inNamespace("NetworkPolicy", "redis-from-gateway"),
          inNamespace("StatefulSet", redis, {
            count: members,
            most: members,
            runsAsRoot: false,
            containers: [redisContainer, ...(members === 1 ? [] : [container("sentinel", "20m", "16Mi", "64Mi")])],
            storage: settings.redisStorage,
          }),
          ...failover,
        ]
      : [inNamespace("Secret", "redis-check"), { ...inNamespace("Job", "redis-check"), isTransient: true as const }]),
    ...(settings.jaegerStorage === undefined
      ? []
      : [{ ...inNamespace("PersistentVolumeClaim", "jaeger-data"), storage: settings.jaegerStorage }]),
    inNamespace("Deployment", jaeger, {
      ...one(container("jaeger", "50m", "128Mi", "512Mi")),
      ...(settings.jaegerStorage !== undefined && { storage: settings.jaegerStorage }),
    }),
    inNamespace("Service", jaeger),
    ...(settings.nodePortsAnswer === true ? [{ ...inNamespace("Service", "jaeger-ui"), nodePort: nodePorts.jaegerUi }] : []),
    inNamespace("NetworkPolicy", "jaeger-from-gateway"),
    ...(settings.imagePullConfig === undefined ? [] : [inNamespace("Secret", "plano-pull")]),
    ...(settings.needsStub && images.stub === "bundled" ? [inNamespace("ConfigMap", "llm-stub-program")] : []),
    ...(images.gateway === "bundled" ? [inNamespace("ConfigMap", "plano-program")] : []),
    ...(settings.needsStub
      ? [inNamespace("Deployment", stub, one(container("llm-stub", "50m", "64Mi", "256Mi"))), inNamespace("Service", stub)]
      : []),
    ...(settings.needsStub ? [inNamespace("NetworkPolicy", "llm-stub-from-gateway")] : []),
    inNamespace("ConfigMap", "plano-config"),
    inNamespace("Deployment", gateway, {
      count: minReplicas,
      most: maxReplicas,
      runsAsRoot: settings.gateway === "plano",
      containers: [gatewayContainers[settings.gateway], { name: "redis-watch", ...redisWatchResources }],
    }),
    inNamespace("HorizontalPodAutoscaler", gateway),
    inNamespace("PodDisruptionBudget", gateway),
    inNamespace("NetworkPolicy", "plano-from-anyone"),
    { ...inNamespace("Service", gateway), isGatewayService: true },
    ...(ingress.kind === "none" ? [] : [inNamespace(ingress.kind, gateway)]),
    ...(ingress.kind === "HTTPRoute" && ingress.gateway === undefined ? [inNamespace("Gateway", gateway)] : []),
    ...(settings.monitoring === undefined
      ? []
      : [
          ...(settings.redisUrl === undefined ? [inNamespace("NetworkPolicy", "redis-from-exporter")] : []),
          inNamespace("NetworkPolicy", "plano-from-prometheus"),
          inNamespace("NetworkPolicy", "redis-exporter-from-prometheus"),
          inNamespace("Deployment", redisExporter, one(container("redis-exporter", "10m", "32Mi", "64Mi"))),
          inNamespace("PodMonitor", gateway),
          inNamespace("PodMonitor", redisExporter),
          inNamespace("PrometheusRule", gateway),
          inNamespace("ConfigMap", "plano-dashboard"),
        ]),
    ...(settings.metricsServer === "install" ? metricsServerObjects : []),
  ];
}

function container(name: string, cpu: string, memory: string, memoryLimit: string): PlannedContainer {
  return { name, requests: { cpu, memory }, limits: { memory: memoryLimit } };
}

function clusterWide(apiVersion: string, kind: string, resource: string, name: string): PlannedObject {
  return { apiVersion, kind, resource, name, namespace: undefined };
}
