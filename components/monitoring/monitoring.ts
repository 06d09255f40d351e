import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { componentOf, type Manifest, manifest } from "../manifest";
import { appNames, credentials, ports } from "../names";
import { container, containerPorts, fromSecret, type Place, podOf } from "../pod";
import { anyPod, deployment, entrances, metadataOf, podsOf } from "../workload";

// The alerts and the dashboard are written in files/, for a stack with default settings, so that those who do not run the
// stack can take them as they are. A stack of other settings gets its own namespace and life of pins put in.

/** A stack that is watched. */
export interface Watched {
  readonly namespace: string;
  /**
   * Life of a pin in seconds, where it is written once and lives so long (Plano 0.4.19 to 0.4.27). Undefined where
   * every request writes it anew, so that writes say nothing of how many pins there must be.
   */
  readonly fixedTtlSeconds: number | undefined;
}

/** An object of the Prometheus Operator, without labels of its own. */
interface OperatorObject {
  readonly kind: "PodMonitor" | "PrometheusRule";
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

interface RuleGroups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly alert: string }[] }[];
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[] }[];
}

/** What the files are written for. */
export const defaultWatched = { namespace: "plano-demo", fixedTtlSeconds: 600 } as const satisfies Watched;

/** Longest life of pins for which writes are counted: a longer range costs Prometheus too much. */
const longestRangeSeconds = 86_400;

function textFor({ namespace, fixedTtlSeconds }: Watched, file: string): string {
  const text = readFileSync(join(__dirname, "files", file), "utf8").replaceAll(defaultWatched.namespace, namespace);
  const life = fixedTtlSeconds ?? defaultWatched.fixedTtlSeconds;
  return text.replaceAll(`[${defaultWatched.fixedTtlSeconds}s]`, `[${life}s]`);
}

/** What the Prometheus Operator needs: where the figures are, and the alerts. */
export function operatorObjects(watched: Watched): OperatorObject[] {
  const objects = parseAllDocuments(textFor(watched, "operator.yaml")).map((it) => it.toJS() as OperatorObject);
  return objects.map((it) => (it.kind === "PrometheusRule" ? { ...it, spec: { groups: ruleGroups(watched) } } : it));
}

function ruleGroups(watched: Watched): RuleGroups["groups"] {
  const { fixedTtlSeconds: life } = watched;
  const countsWrites = life !== undefined && life <= longestRangeSeconds;
  const { groups } = parse(textFor(watched, "alerts.yaml")) as RuleGroups;
  return groups.map((it) => ({ ...it, rules: it.rules.filter(({ alert }) => countsWrites || alert !== "PlanoPinsLost") }));
}

/** A dashboard for Grafana 9 and later, as it imports it; the data source is chosen on the page. */
export function dashboardOf(watched: Watched): Dashboard {
  const dashboard = JSON.parse(textFor(watched, "plano-affinity.json")) as Dashboard;
  if (watched.fixedTtlSeconds !== undefined) return dashboard;
  const targets = (panel: Dashboard["panels"][number]) => panel.targets.filter((it) => it.legendFormat !== "written and due");
  return { ...dashboard, panels: dashboard.panels.map((it) => ({ ...it, targets: targets(it) })) };
}

/** Arguments of {@link Monitoring}. */
export interface MonitoringArgs extends Watched, Omit<Place, "namespace"> {
  readonly image: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when a credential does: the exporter reads them only at start. */
  readonly credentialsChecksum: pulumi.Input<string>;
  /** Redis is one of the user's, whose URL is in the Secret. */
  readonly isRedisExternal: boolean;
  /** Labels by which the user's Prometheus chooses its monitors and rules. */
  readonly labels: { readonly [label: string]: string };
}

const exporterUser = 59_000;

export function monitoringObjects(args: MonitoringArgs) {
  const { gateway, exporter } = appNames;
  const ofGateway = metadataOf(args, gateway);
  const forOperator = operatorObjects(args).map(({ kind, metadata: { name }, spec }): [string, Manifest] => {
    const labels = { ...ofGateway.labels, ...args.labels };
    return [`${kind.toLowerCase()}-${name}`, manifest(kind, { ...ofGateway, name, labels }, { spec })];
  });
  return {
    ...(!args.isRedisExternal && { redis: redisFromExporter(args) }),
    // Where Prometheus lives is the user's choice.
    gateway: entrances(args, "plano-from-prometheus", gateway, [{ ports: [ports.gatewayMetrics], from: [anyPod] }]),
    exporter: entrances(args, "redis-exporter-from-prometheus", exporter, [{ ports: [ports.redisExporter], from: [anyPod] }]),
    "redis-exporter": deployment(args, exporter, {
      replicas: 1,
      annotations: { "plano-affinity/checksum": args.credentialsChecksum },
      pod: exporterPod(args),
    }),
    ...Object.fromEntries(forOperator),
    dashboard: manifest(
      "ConfigMap",
      // Grafana's side-car finds dashboards by this label, in the Helm charts' default settings.
      { ...ofGateway, name: "plano-dashboard", labels: { ...ofGateway.labels, grafana_dashboard: "1" } },
      { data: { "plano-affinity.json": `${JSON.stringify(dashboardOf(args), null, 2)}\n` } },
    ),
  };
}

/** The policies of Redis and its proxy let in only who they name. */
function redisFromExporter(args: MonitoringArgs): Manifest {
  const { redis, haproxy, exporter } = appNames;
  return manifest("NetworkPolicy", metadataOf(args, exporter, "redis-from-exporter"), {
    spec: {
      podSelector: { matchExpressions: [{ key: "app", operator: "In", values: [redis, haproxy] }] },
      policyTypes: ["Ingress"],
      ingress: [{ from: [podsOf(exporter)], ports: [{ protocol: "TCP", port: ports.redis }] }],
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
      container("redis-exporter", args.image, ["10m", "32Mi", "64Mi"], {
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

/** Monitors, alerts, a dashboard and an exporter of Redis' figures, for the user's Prometheus Operator and Grafana. */
export const Monitoring = componentOf("Monitoring", monitoringObjects);
