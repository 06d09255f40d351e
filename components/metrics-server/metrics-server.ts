import * as apiregistration from "@pulumi/kubernetes/apiregistration/v1";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as rbac from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { metricsServerNames, metricsServerNamespace } from "./metrics-server-objects";
import { restrictedContainer, unprivilegedPod } from "../pod-security";

/** Arguments of {@link MetricsServer}. */
export interface MetricsServerArgs {
  /** Take kubelets' certificates unseen. Only for kind, whose kubelets sign their own. Default false. */
  readonly insecureKubelets?: boolean;
}

/** The release for Kubernetes 1.31 and later. */
const image = "registry.k8s.io/metrics-server/metrics-server:v0.8.1";

/** User of the official manifests. */
const user = 1_000;

const port = 10_250;

const labels = { "k8s-app": "metrics-server" };

/** metrics-server for the whole cluster, as in its official manifests: the autoscaler's source of CPU figures. */
export class MetricsServer extends pulumi.ComponentResource {
  constructor(name: string, args: MetricsServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:MetricsServer", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const marked = { ...labels, "app.kubernetes.io/part-of": "plano-affinity", "app.kubernetes.io/managed-by": "pulumi" };
    const inKubeSystem = (objectName: string) => ({ name: objectName, namespace: metricsServerNamespace, labels: marked });
    const clusterWide = (objectName: string) => ({ name: objectName, labels: marked });
    const { server, readerRole, role, authDelegator, authReader, apiService } = metricsServerNames;

    const account = new core.ServiceAccount(`${name}-account`, { metadata: inKubeSystem(server) }, child);
    const subjects = [{ kind: "ServiceAccount", name: account.metadata.name, namespace: metricsServerNamespace }];
    const aggregate = { "rbac.authorization.k8s.io/aggregate-to-view": "true" };
    new rbac.ClusterRole(
      `${name}-reader`,
      {
        metadata: { name: readerRole, labels: { ...marked, ...aggregate, ...edits } },
        rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
      },
      child,
    );
    const own = new rbac.ClusterRole(
      `${name}-role`,
      {
        metadata: clusterWide(role),
        rules: [
          { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
          { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
        ],
      },
      child,
    );
    const bindings = [
      new rbac.RoleBinding(
        `${name}-auth-reader`,
        { metadata: inKubeSystem(authReader), roleRef: roleRef("Role", "extension-apiserver-authentication-reader"), subjects },
        child,
      ),
      new rbac.ClusterRoleBinding(
        `${name}-auth-delegator`,
        { metadata: clusterWide(authDelegator), roleRef: roleRef("ClusterRole", "system:auth-delegator"), subjects },
        child,
      ),
      new rbac.ClusterRoleBinding(
        `${name}-binding`,
        { metadata: clusterWide(role), roleRef: roleRef("ClusterRole", own.metadata.name), subjects },
        child,
      ),
    ];
    const deployment = new apps.Deployment(
      name,
      { metadata: inKubeSystem(server), spec: { selector: { matchLabels: labels }, strategy, template: podTemplate(args) } },
      { ...child, dependsOn: bindings },
    );
    const service = new core.Service(
      `${name}-service`,
      {
        metadata: inKubeSystem(server),
        spec: { selector: labels, ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: "https" }] },
      },
      { ...child, dependsOn: deployment },
    );
    new apiregistration.APIService(
      `${name}-api`,
      {
        metadata: clusterWide(apiService),
        spec: {
          group: "metrics.k8s.io",
          version: "v1beta1",
          groupPriorityMinimum: 100,
          versionPriority: 100,
          // As in the official manifests: its certificate is its own.
          insecureSkipTLSVerify: true,
          service: { name: service.metadata.name, namespace: metricsServerNamespace },
        },
      },
      child,
    );
    this.registerOutputs({});
  }
}

const edits = {
  "rbac.authorization.k8s.io/aggregate-to-edit": "true",
  "rbac.authorization.k8s.io/aggregate-to-admin": "true",
};

const strategy = { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0 } };

function roleRef(kind: "Role" | "ClusterRole", roleName: pulumi.Input<string>) {
  return { apiGroup: "rbac.authorization.k8s.io", kind, name: roleName };
}

function podTemplate({ insecureKubelets = false }: MetricsServerArgs) {
  const probe = (path: string) => ({
    httpGet: { path, port: "https", scheme: "HTTPS" },
    periodSeconds: 10,
    failureThreshold: 3,
  });
  return {
    metadata: { labels },
    spec: {
      priorityClassName: "system-cluster-critical",
      serviceAccountName: metricsServerNames.server,
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
          livenessProbe: probe("/livez"),
          readinessProbe: { ...probe("/readyz"), initialDelaySeconds: 20 },
          resources: { requests: { cpu: "100m", memory: "200Mi" } },
          securityContext: restrictedContainer,
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  };
}
