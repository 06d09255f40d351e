import * as pulumi from "@pulumi/pulumi";
import { dashboardFiles, dashboardLabel, operatorObjects } from ".";
import { makeObjects, type Manifest, manifest } from "../manifest";
import { appNames, credentials, ports, selectorOf } from "../names";
import { entrances } from "../network-policy";
import { container, containerPorts, deployment, fromSecret, metadataOf, type Place, podOf } from "../workload";

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs extends Place {
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

export function monitoringObjects(args: MonitoringArgs) {
  const { namespace, fixedTtlSeconds } = args;
  const { gateway, redisExporter } = appNames;
  const watched = { namespace, fixedTtlSeconds };
  const ofGateway = metadataOf(args, gateway);
  const forOperator = operatorObjects(watched).map(({ kind, metadata: { name }, spec }): [string, Manifest] => {
    const labels = { ...ofGateway.labels, ...args.labels };
    return [`${kind.toLowerCase()}-${name}`, manifest(kind, { ...ofGateway, name, labels }, { spec })];
  });
  return {
    ...(!args.isRedisExternal && { redis: redisFromExporter(args) }),
    // Where Prometheus lives is the user's choice.
    gateway: entrances(args, "plano-from-prometheus", gateway, [{ ports: [ports.gatewayMetrics], from: ["namespaces"] }]),
    exporter: entrances(args, "redis-exporter-from-prometheus", redisExporter, [
      { ports: [ports.redisExporter], from: ["namespaces"] },
    ]),
    "redis-exporter": deployment(args, redisExporter, {
      replicas: 1,
      annotations: { "plano-affinity/checksum": args.credentialsChecksum },
      pod: exporterPod(args),
    }),
    ...Object.fromEntries(forOperator),
    dashboard: manifest(
      "ConfigMap",
      { ...ofGateway, name: "plano-dashboard", labels: { ...ofGateway.labels, ...dashboardLabel } },
      { data: dashboardFiles(watched) },
    ),
  };
}

/** The policies of Redis and its proxy let in only who they name. */
function redisFromExporter(args: MonitoringArgs): Manifest {
  const { redis, redisProxy, redisExporter } = appNames;
  return manifest("NetworkPolicy", metadataOf(args, redisExporter, "redis-from-exporter"), {
    spec: {
      podSelector: { matchExpressions: [{ key: "app", operator: "In", values: [redis, redisProxy] }] },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: selectorOf(redisExporter) } }],
          ports: [{ protocol: "TCP", port: ports.redis }],
        },
      ],
    },
  });
}

function exporterPod(args: MonitoringArgs) {
  const { secretName, isRedisExternal } = args;
  // An external Redis' URL holds its password.
  const address = isRedisExternal
    ? [fromSecret(secretName, credentials.redisUrl, "REDIS_ADDR")]
    : [
        { name: "REDIS_ADDR", value: `redis://${appNames.redis}:${ports.redis}` },
        fromSecret(secretName, credentials.redisPassword),
      ];
  return podOf(args, exporterUser, 5, {
    containers: [
      container("redis-exporter", exporterImage, ["10m", "32Mi", "64Mi"], {
        // Who may read figures could name a target there, and would be sent Redis' password. As an argument and not in the
        // environment: an image that does not know it must not start.
        args: ["--disable-scrape-endpoint"],
        ports: containerPorts({ metrics: ports.redisExporter }),
        // CONFIG may be forbidden, and INFO has all that is needed.
        env: [...address, { name: "REDIS_EXPORTER_CONFIG_COMMAND", value: "-" }],
        readinessProbe: { httpGet: { path: "/health", port: "metrics" }, periodSeconds: 5 },
      }),
    ],
  });
}

/**
 * What the user's Prometheus Operator and Grafana need to see the stack: monitors, alerts, a dashboard, and an exporter of
 * Redis' figures. The Operator's CRDs must be there; Grafana's side-car finds the dashboard by its label.
 */
export class Monitoring extends pulumi.ComponentResource {
  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Monitoring", name, {}, opts);
    makeObjects(name, monitoringObjects(args), { parent: this, deletedWith: opts?.deletedWith });
    this.registerOutputs({});
  }
}
