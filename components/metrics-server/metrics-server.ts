import type { input as inputs } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import { makeObjects, manifest, type Metadata } from "../manifest";
import { partOfStack } from "../names";
import { restrictedContainer, unprivilegedPod } from "../workload";

/** Arguments of {@link MetricsServer}. */
export interface MetricsServerArgs {
  /** Take kubelets' certificates unseen. Only for kind, whose kubelets sign their own. Default false. */
  readonly insecureKubelets?: boolean;
  /** Annotations of every object. Default: none. */
  readonly annotations?: { readonly [name: string]: string };
}

/** The release for Kubernetes 1.31 and later. */
const image = "registry.k8s.io/metrics-server/metrics-server:v0.8.1";

/** User of the official manifests. */
const user = 1_000;

const port = 10_250;
const labels = { "k8s-app": "metrics-server" };
const server = "metrics-server";
const namespace = "kube-system";
const role = "system:metrics-server";

/** metrics-server as in its official manifests, with their names: a second metrics-server meets the first one. */
export function metricsServerObjects({ annotations, insecureKubelets = false }: MetricsServerArgs) {
  const clusterWide = (name: string, own: object = {}): Metadata => ({
    name,
    labels: { ...labels, ...partOfStack, ...own },
    ...(annotations && { annotations }),
  });
  const inKubeSystem = (name: string): Metadata => ({ ...clusterWide(name), namespace });
  const rbac = "rbac.authorization.k8s.io";
  const binding = (kind: "Role" | "ClusterRole", name: string) => ({
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [{ kind: "ServiceAccount", name: server, namespace }],
  });
  const read = ["get", "list", "watch"];
  const aggregate = Object.fromEntries(["view", "edit", "admin"].map((it) => [`${rbac}/aggregate-to-${it}`, "true"]));
  return {
    account: manifest("ServiceAccount", inKubeSystem(server), {}),
    reader: manifest("ClusterRole", clusterWide("system:aggregated-metrics-reader", aggregate), {
      rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: read }],
    }),
    role: manifest("ClusterRole", clusterWide(role), {
      rules: [
        { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
        { apiGroups: [""], resources: ["pods", "nodes"], verbs: read },
      ],
    }),
    "auth-reader": manifest(
      "RoleBinding",
      inKubeSystem("metrics-server-auth-reader"),
      binding("Role", "extension-apiserver-authentication-reader"),
    ),
    "auth-delegator": manifest(
      "ClusterRoleBinding",
      clusterWide("metrics-server:system:auth-delegator"),
      binding("ClusterRole", "system:auth-delegator"),
    ),
    binding: manifest("ClusterRoleBinding", clusterWide(role), binding("ClusterRole", role)),
    main: manifest("Deployment", inKubeSystem(server), {
      spec: {
        selector: { matchLabels: labels },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } },
        template: { metadata: { labels }, spec: podSpec(insecureKubelets) },
      },
    }),
    service: manifest("Service", inKubeSystem(server), {
      spec: { selector: labels, ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "https" }] },
    }),
    api: manifest("APIService", clusterWide("v1beta1.metrics.k8s.io"), {
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        // As in the official manifests: its certificate is its own.
        insecureSkipTLSVerify: true,
        service: { name: server, namespace },
      },
    }),
  };
}

function podSpec(insecureKubelets: boolean): inputs.core.v1.PodSpec {
  const probe = { periodSeconds: 10, failureThreshold: 3 };
  const httpGet = (path: string) => ({ path, port: "https", scheme: "HTTPS" });
  return {
    priorityClassName: "system-cluster-critical",
    serviceAccountName: server,
    nodeSelector: { "kubernetes.io/os": "linux" },
    securityContext: unprivilegedPod(user),
    containers: [
      {
        name: "metrics-server",
        image,
        imagePullPolicy: "IfNotPresent",
        args: [
          "--cert-dir=/tmp",
          `--secure-port=${port}`,
          "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
          "--kubelet-use-node-status-port",
          "--metric-resolution=15s",
          ...(insecureKubelets ? ["--kubelet-insecure-tls"] : []),
        ],
        ports: [{ name: "https", containerPort: port, protocol: "TCP" }],
        livenessProbe: { httpGet: httpGet("/livez"), ...probe },
        readinessProbe: { httpGet: httpGet("/readyz"), ...probe, initialDelaySeconds: 20 },
        resources: { requests: { cpu: "100m", memory: "200Mi" } },
        securityContext: restrictedContainer,
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      },
    ],
    volumes: [{ name: "tmp", emptyDir: {} }],
  };
}

/** metrics-server for the whole cluster: the autoscaler's source of CPU figures. */
export class MetricsServer extends pulumi.ComponentResource {
  constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:MetricsServer", name, {}, opts);
    makeObjects(
      name,
      metricsServerObjects(args),
      { parent: this, deletedWith: opts?.deletedWith },
      {
        "auth-reader": ["account"],
        "auth-delegator": ["account"],
        binding: ["account", "role"],
        main: ["auth-reader", "auth-delegator", "binding"],
        service: ["main"],
        api: ["service"],
      },
    );
    this.registerOutputs({});
  }
}
