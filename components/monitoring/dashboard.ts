import { cacheEvents, within, type Watched } from "./deployment";

/** One line of a panel. */
interface Line {
  readonly expr: string;
  readonly legend: string;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  /** As Grafana names it: `percentunit`, `bytes`, `short`, `reqps`. */
  readonly unit: string;
  readonly lines: readonly Line[];
}

const [columns, width, height] = [2, 12, 8];

/** A dashboard for Grafana 9 and later, as it imports it; the data source is chosen on the page. */
export function dashboardOf(watched: Watched): object {
  const datasource = { type: "prometheus", uid: "${datasource}" };
  return {
    uid: "plano-affinity",
    title: "Plano: model affinity",
    tags: ["plano"],
    timezone: "",
    schemaVersion: 38,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: { list: [{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" }] },
    panels: panelsOf(watched).map(({ title, description, unit, lines }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      description,
      datasource,
      gridPos: { x: (index % columns) * width, y: Math.floor(index / columns) * height, w: width, h: height },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: { legend: { showLegend: true, displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi" } },
      targets: lines.map(({ expr, legend }, line) => ({
        refId: String.fromCharCode(65 + line),
        datasource,
        expr,
        legendFormat: legend,
      })),
    })),
  };
}

/** Every expression of the dashboard. */
export function dashboardExpressions(watched: Watched): string[] {
  return panelsOf(watched).flatMap(({ lines }) => lines.map(({ expr }) => expr));
}

function panelsOf(watched: Watched): Panel[] {
  const events = (matcher: string): string => `${cacheEvents}${within(watched, matcher)}`;
  const here = within(watched);
  const [hits, lookUps] = [events('outcome="hit"'), events('outcome=~"hit|miss"')];
  const autoscaler = within(watched, `horizontalpodautoscaler="${watched.gateway}"`);
  const ttl = watched.fixedTtlSeconds;
  return [
    {
      title: "Requests of sessions that found their pin",
      description: "Falls when many sessions begin, and when pins are lost.",
      unit: "percentunit",
      lines: [{ expr: `sum(rate(${hits}[5m])) / sum(rate(${lookUps}[5m]))`, legend: "all replicas" }],
    },
    {
      title: "The same, by replica",
      description: "One at 0 while others are not has lost Redis.",
      unit: "percentunit",
      lines: [{ expr: `sum by (pod) (rate(${hits}[5m])) / sum by (pod) (rate(${lookUps}[5m]))`, legend: "{{pod}}" }],
    },
    {
      title: "Look-ups and writes of pins",
      description:
        "error and store_error exist from Plano 0.4.32; before, a failed look-up counts as miss, a failed write as store.",
      unit: "reqps",
      lines: [{ expr: `sum by (outcome) (rate(${cacheEvents}${here}[5m]))`, legend: "{{outcome}}" }],
    },
    {
      title: "Pins in Redis",
      description: "Where pins are written once: as many as were written within their life.",
      unit: "short",
      lines: [
        { expr: `sum(redis_db_keys${here})`, legend: "keys" },
        ...(ttl === undefined
          ? []
          : [{ expr: `sum(increase(${events('outcome="store"')}[${ttl}s]))`, legend: "written and due" }]),
      ],
    },
    {
      title: "Redis' memory",
      description: "At maxmemory Redis evicts pins.",
      unit: "bytes",
      lines: [
        { expr: `redis_memory_used_bytes${here}`, legend: "used" },
        { expr: `redis_memory_max_bytes${here}`, legend: "maxmemory" },
      ],
    },
    {
      title: "Keys evicted and expired",
      description: "An evicted pin is a broken promise; an expired one had its time.",
      unit: "reqps",
      lines: [
        { expr: `rate(redis_evicted_keys_total${here}[5m])`, legend: "evicted" },
        { expr: `rate(redis_expired_keys_total${here}[5m])`, legend: "expired" },
      ],
    },
    {
      title: "Replicas",
      description: "As the autoscaler has them.",
      unit: "short",
      lines: [
        { expr: `kube_horizontalpodautoscaler_status_current_replicas${autoscaler}`, legend: "now" },
        { expr: `kube_horizontalpodautoscaler_spec_max_replicas${autoscaler}`, legend: "most" },
      ],
    },
    {
      title: "Restarts of replicas",
      description: "The liveness probe restarts a replica that has lost Redis for good.",
      unit: "short",
      lines: [
        {
          expr: `increase(kube_pod_container_status_restarts_total${within(watched, 'container="gateway"')}[15m])`,
          legend: "{{pod}}",
        },
      ],
    },
    {
      title: "Requests by status",
      description: "Of Plano itself; the stand-in gateway does not count them.",
      unit: "reqps",
      lines: [{ expr: `sum by (status_class) (rate(brightstaff_http_requests_total${here}[5m]))`, legend: "{{status_class}}" }],
    },
  ];
}
