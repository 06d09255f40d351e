import { operatorObjects, type Watched } from "../monitoring";

/** An alerting rule of Prometheus. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: { readonly summary: string; readonly description: string; readonly runbook: string };
}

/** All alerts of a deployment, as the Prometheus Operator gets them. */
export function alertsOf(watched: Watched): Alert[] {
  const specs = operatorObjects(watched).map(({ spec }) => spec as { readonly groups?: readonly { readonly rules: Alert[] }[] });
  return specs.flatMap(({ groups = [] }) => groups.flatMap(({ rules }) => rules));
}
