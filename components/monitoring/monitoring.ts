import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { dashboardFiles, dashboardLabel, operatorObjects, type Watched } from ".";
import { appNames, credentials, labelsOf, ports, selectorOf } from "../names";
import { entrances } from "../network-policy";
import { restrictedContainer, unprivilegedPod } from "../pod-security";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs {
  /** Name of the namespace; part of every expression. */
  readonly namespace: string;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when a credential does: the exporter reads them only at start. */
  readonly credentialsChecksum: pulumi.Input<string>;
  /** Redis is one of the user's, whose URL is in the Secret. */
  readonly isRedisExternal: boolean;
  /** Labels by which the user's Prometheus chooses its monitors and rules. */
  readonly labels: { readonly [label: string]: string };
  /** Life of pins in seconds where they are written once; undefined where every request writes them anew. */
  readonly fixedTtlSeconds: number | undefined;
}

/** Pinned; the first one that can do without `/scrape`. The figures that the alerts need have had their names since 1.0. */
const exporterImage = "docker.io/oliver006/redis_exporter:v1.83.0";

/** User of the exporter's image. */
const exporterUser = 59_000;

/**
 * What the user's Prometheus Operator and Grafana need to see the stack: monitors, alerts, a dashboard, and an exporter of
 * Redis' figures. The Operator's CRDs must be there; Grafana's side-car finds the dashboard by its label.
 */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Monitoring", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const { namespace } = args;
    const app = appNames.redisExporter;
    const watched: Watched = {
      namespace,
      gateway: appNames.gateway,
      redisExporter: app,
      fixedTtlSeconds: args.fixedTtlSeconds,
    };

    if (!args.isRedisExternal) letIn(`${name}-redis`, namespace, child);
    // Where Prometheus lives is the user's choice.
    new networking.NetworkPolicy(
      `${name}-gateway`,
      entrances("plano-from-prometheus", namespace, appNames.gateway, [{ ports: [ports.gatewayMetrics], from: ["namespaces"] }]),
      child,
    );
    new networking.NetworkPolicy(
      `${name}-exporter`,
      entrances("redis-exporter-from-prometheus", namespace, app, [{ ports: [ports.redisExporter], from: ["namespaces"] }]),
      child,
    );
    new apps.Deployment(
      `${name}-redis-exporter`,
      {
        metadata: { name: app, namespace, labels: labelsOf(app) },
        spec: {
          replicas: 1,
          selector: { matchLabels: selectorOf(app) },
          template: {
            metadata: { labels: labelsOf(app), annotations: { "plano-affinity/checksum": args.credentialsChecksum } },
            spec: exporterPod(args),
          },
        },
      },
      child,
    );
    for (const { kind, metadata, ...object } of operatorObjects(watched)) {
      const labels = { ...labelsOf(appNames.gateway), ...args.labels };
      const resource = `${name}-${kind.toLowerCase()}-${metadata.name}`;
      new CustomResource(resource, { kind, metadata: { ...metadata, labels }, ...object }, child);
    }
    new core.ConfigMap(
      `${name}-dashboard`,
      {
        metadata: { name: "plano-dashboard", namespace, labels: { ...labelsOf(appNames.gateway), ...dashboardLabel } },
        data: dashboardFiles(watched),
      },
      child,
    );
    this.registerOutputs({});
  }
}

/** The stack's Redis, and what leads to it, take nobody who is not named. */
function letIn(name: string, namespace: string, child: pulumi.CustomResourceOptions): void {
  const apps = [appNames.redis, appNames.redisProxy];
  new networking.NetworkPolicy(
    name,
    {
      metadata: { name: "redis-from-exporter", namespace, labels: labelsOf(appNames.redisExporter) },
      spec: {
        podSelector: { matchExpressions: [{ key: "app", operator: "In", values: apps }] },
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [{ podSelector: { matchLabels: selectorOf(appNames.redisExporter) } }],
            ports: [{ protocol: "TCP", port: ports.redis }],
          },
        ],
      },
    },
    child,
  );
}

function exporterPod({ secretName, isRedisExternal }: MonitoringArgs) {
  const secret = (key: string) => ({ valueFrom: { secretKeyRef: { name: secretName, key } } });
  // An external Redis' URL holds its password.
  const address = isRedisExternal
    ? [{ name: "REDIS_ADDR", ...secret(credentials.redisUrl) }]
    : [
        { name: "REDIS_ADDR", value: `redis://${appNames.redis}:${ports.redis}` },
        { name: "REDIS_PASSWORD", ...secret(credentials.redisPassword) },
      ];
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 5,
    securityContext: unprivilegedPod(exporterUser),
    containers: [
      {
        name: "redis-exporter",
        image: exporterImage,
        imagePullPolicy: "IfNotPresent",
        // Who may read figures could name a target there, and would be sent Redis' password. As an argument and not in the
        // environment: an image that does not know it must not start.
        args: ["--disable-scrape-endpoint"],
        ports: [{ name: "metrics", containerPort: ports.redisExporter }],
        // CONFIG may be forbidden, and INFO has all that is needed.
        env: [...address, { name: "REDIS_EXPORTER_CONFIG_COMMAND", value: "-" }],
        readinessProbe: { httpGet: { path: "/health", port: "metrics" }, periodSeconds: 5 },
        resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
        securityContext: restrictedContainer,
      },
    ],
  };
}
