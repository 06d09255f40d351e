import { alertsOf } from "./alerts";
import { dashboardOf } from "./dashboard";
import type { Watched } from "./deployment";

/** The API of the Prometheus Operator. */
export const operatorApi = "monitoring.coreos.com/v1";

/** Time between two readings. */
const interval = "15s";

/** An object of the Prometheus Operator, without labels of its own. */
export interface OperatorObject {
  readonly apiVersion: typeof operatorApi;
  readonly kind: "PodMonitor" | "PrometheusRule";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

/** What the Prometheus Operator needs: where the figures are, and the alerts. */
export function operatorObjects(watched: Watched): OperatorObject[] {
  const { gateway, redisExporter, namespace } = watched;
  const podMonitor = (app: string): OperatorObject => ({
    apiVersion: operatorApi,
    kind: "PodMonitor",
    metadata: { name: app, namespace },
    spec: { selector: { matchLabels: { app } }, podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval }] },
  });
  return [
    podMonitor(gateway),
    podMonitor(redisExporter),
    { apiVersion: operatorApi, kind: "PrometheusRule", metadata: { name: gateway, namespace }, spec: ruleGroups(watched) },
  ];
}

/** The content of a rule file of Prometheus, and of a PrometheusRule. */
export function ruleGroups(watched: Watched): { readonly groups: readonly object[] } {
  return { groups: [{ name: "plano-affinity", rules: alertsOf(watched) }] };
}

/** The dashboard as a ConfigMap's data; Grafana's side-car finds the ConfigMap by {@link dashboardLabel}. */
export function dashboardFiles(watched: Watched): { readonly [name: string]: string } {
  return { "plano-affinity.json": `${JSON.stringify(dashboardOf(watched), null, 2)}\n` };
}

/** The label by which Grafana's side-car finds dashboards, in the Helm charts' default settings. */
export const dashboardLabel = { grafana_dashboard: "1" } as const;
