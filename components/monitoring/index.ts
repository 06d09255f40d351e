import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

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

/** An alerting rule of Prometheus. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  /** What is the matter; what it means for affinity, and what to do first; where it is told at length. */
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

/** An object of the Prometheus Operator, without labels of its own. */
export interface OperatorObject {
  readonly kind: "PodMonitor" | "PrometheusRule";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: object;
}

interface RuleGroups {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Alert[] }[];
}

interface Dashboard {
  readonly panels: readonly { readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[] }[];
}

/** What the files are written for. */
export const defaultWatched = { namespace: "plano-demo", fixedTtlSeconds: 600 } as const satisfies Watched;

/** Longest life of pins for which writes are counted: a longer range costs Prometheus too much. */
const longestRangeSeconds = 86_400;

/** The label by which Grafana's side-car finds dashboards, in the Helm charts' default settings. */
export const dashboardLabel = { grafana_dashboard: "1" } as const;

function textFor({ namespace, fixedTtlSeconds }: Watched, file: string): string {
  const text = readFileSync(join(__dirname, "files", file), "utf8").replaceAll(defaultWatched.namespace, namespace);
  const life = fixedTtlSeconds ?? defaultWatched.fixedTtlSeconds;
  return text.replaceAll(`[${defaultWatched.fixedTtlSeconds}s]`, `[${life}s]`);
}

/** What the Prometheus Operator needs: where the figures are, and the alerts. */
export function operatorObjects(watched: Watched): OperatorObject[] {
  const documents = parseAllDocuments(textFor(watched, "operator.yaml"));
  return documents
    .map((it) => it.toJS() as OperatorObject)
    .map((it) => (it.kind === "PrometheusRule" ? { ...it, spec: ruleGroups(watched) } : it));
}

function ruleGroups(watched: Watched): RuleGroups {
  const { fixedTtlSeconds: life } = watched;
  const countsWrites = life !== undefined && life <= longestRangeSeconds;
  const { groups } = parse(textFor(watched, "alerts.yaml")) as RuleGroups;
  return {
    groups: groups.map((it) => ({ ...it, rules: it.rules.filter(({ alert }) => countsWrites || alert !== "PlanoPinsLost") })),
  };
}

/** All alerts of a deployment. */
export function alertsOf(watched: Watched): Alert[] {
  return ruleGroups(watched).groups.flatMap(({ rules }) => rules);
}

/** A dashboard for Grafana 9 and later, as it imports it; the data source is chosen on the page. */
export function dashboardOf(watched: Watched): Dashboard {
  const dashboard = JSON.parse(textFor(watched, "plano-affinity.json")) as Dashboard;
  const isMeant = (legend: string): boolean => watched.fixedTtlSeconds !== undefined || legend !== "written and due";
  const panels = dashboard.panels.map((it) => ({
    ...it,
    targets: it.targets.filter(({ legendFormat }) => isMeant(legendFormat)),
  }));
  return { ...dashboard, panels };
}

/** The dashboard as a ConfigMap's data; Grafana's side-car finds the ConfigMap by {@link dashboardLabel}. */
export function dashboardFiles(watched: Watched): { readonly [name: string]: string } {
  return { "plano-affinity.json": `${JSON.stringify(dashboardOf(watched), null, 2)}\n` };
}
