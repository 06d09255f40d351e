import { cacheEvents, within, type Watched } from "./deployment";

/** An alerting rule of Prometheus. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: {
    /** What is the matter. */
    readonly summary: string;
    /** What it means for affinity, and what to do first. */
    readonly description: string;
    /** Where it is told at length. */
    readonly runbook: string;
  };
}

/** Longest life of pins for which writes are counted: a longer range costs Prometheus too much. */
const longestRangeSeconds = 86_400;

/** All alerts of a deployment. */
export function alertsOf(watched: Watched): Alert[] {
  return [...cacheAlerts(watched), ...redisAlerts(watched), ...replicaAlerts(watched)];
}

/** What the gateway's own counters tell. */
function cacheAlerts(watched: Watched): Alert[] {
  const events = (outcome: string): string => `${cacheEvents}${within(watched, outcome)}`;
  const hits = events('outcome="hit"');
  const misses = events('outcome="miss"');
  const lookUps = events('outcome=~"hit|miss"');
  const rate = (range: string, offset = ""): string => `sum by (namespace) (rate(${lookUps}[${range}]${offset}))`;
  // A replica that never met a pin has no series for it.
  const share = (range: string, offset = ""): string =>
    `(sum by (namespace) (rate(${hits}[${range}]${offset})) or 0 * ${rate(range, offset)}) / ${rate(range, offset)}`;
  const before = " offset 5m";
  return [
    critical("PlanoSessionCacheErrors", `sum by (namespace, pod) (increase(${events('outcome=~"error|store_error"')}[5m])) > 0`, {
      summary: "{{ $labels.pod }} cannot read or write pins",
      description: "Sessions that it serves may change their model. Is Redis up, and is its password the gateway's?",
    }),
    critical(
      "PlanoReplicaWithoutRedis",
      [
        `(sum by (namespace, pod) (increase(${misses}[5m])) > 20`,
        ` unless on (namespace, pod) sum by (namespace, pod) (increase(${hits}[5m])) > 0)`,
        ` and on (namespace) sum by (namespace) (increase(${hits}[5m])) > 20`,
      ].join("\n"),
      {
        summary: "{{ $labels.pod }} finds no pin at all, while other replicas do",
        description: "It has most likely lost its connection to Redis and routes every request anew. Delete the pod.",
      },
      "1m",
    ),
    critical(
      "PlanoPinsFalling",
      [
        `${share("5m")} < 0.5 * (${share("1h", before)})`,
        ` and ${rate("5m")} > 0.5 * ${rate("1h", before)}`,
        ` and ${rate("5m")} > 0.1`,
      ].join("\n"),
      {
        summary: "far fewer requests find a pin than in the hour before, with as much traffic",
        description:
          "Either many new sessions came at once, or sessions are losing their pins. Look at evictions, at Redis' restarts, and run the verifier.",
      },
      "5m",
    ),
    critical(
      "PlanoMetricsMissing",
      `absent(up${within(watched, `job="${watched.namespace}/${watched.gateway}"`)} == 1)`,
      {
        summary: "no replica of the gateway gives figures",
        description: "None of the alerts about pins can fire. Are the pods up, and may Prometheus reach their port 9092?",
      },
      "5m",
    ),
  ];
}

/** What needs figures from Redis. */
function redisAlerts(watched: Watched): Alert[] {
  const redis = (metric: string): string => `${metric}${within(watched)}`;
  const [used, limit] = [redis("redis_memory_used_bytes"), `(${redis("redis_memory_max_bytes")} > 0)`];
  const ttl = watched.fixedTtlSeconds;
  const written = `sum by (namespace) (increase(${cacheEvents}${within(watched, 'outcome="store"')}[${ttl}s]))`;
  return [
    critical(
      "PlanoRedisDown",
      `${redis("redis_up")} == 0`,
      {
        summary: "Redis does not answer",
        description: "No pin is read or written: sessions change their model until Redis is back and replicas have restarted.",
      },
      "1m",
    ),
    warning(
      "PlanoRedisMemoryHigh",
      `${used} / ${limit} > 0.8`,
      {
        summary: "Redis has used {{ $value | humanizePercentage }} of its maxmemory",
        description: "At 100 % it evicts pins, and their sessions change their model. Raise redisMaxMemory now.",
      },
      "5m",
    ),
    warning(
      "PlanoRedisFullSoon",
      `predict_linear(${used}[30m], 3600) > ${limit}`,
      {
        summary: "Redis will be full within an hour",
        description:
          "It then evicts pins, and their sessions change their model. Raise redisMaxMemory, or shorten sessionTtlSeconds.",
      },
      "10m",
    ),
    critical("PlanoPinsEvicted", `increase(${redis("redis_evicted_keys_total")}[5m]) > 0`, {
      summary: "Redis is full and has evicted {{ $value | humanize }} keys in 5 minutes",
      description: "The promise is broken: sessions of evicted pins are routed anew. Raise redisMaxMemory.",
    }),
    ...(ttl === undefined || ttl > longestRangeSeconds
      ? []
      : [
          critical(
            "PlanoPinsLost",
            `sum by (namespace) (${redis("redis_db_keys")}) < 0.5 * ${written} and ${written} > 100`,
            {
              summary: "Redis holds less than half of the pins that were written and must still live",
              description: "Pins were evicted, Redis was emptied, or replicas write to nowhere. Compare replicas, then Redis.",
            },
            "2m",
          ),
        ]),
  ];
}

/** What needs kube-state-metrics. */
function replicaAlerts(watched: Watched): Alert[] {
  const autoscaler = `horizontalpodautoscaler="${watched.gateway}"`;
  const hpa = (metric: string, ...more: readonly string[]): string =>
    `kube_horizontalpodautoscaler_${metric}${within(watched, autoscaler, ...more)}`;
  const ofGateway = within(watched, 'container="gateway"');
  return [
    warning("PlanoReplicaRestarted", `increase(kube_pod_container_status_restarts_total${ofGateway}[15m]) > 0.5`, {
      summary: "{{ $labels.pod }} was restarted",
      description:
        "The liveness probe restarts a replica that has lost Redis for good. See its events, then Redis' own restarts.",
    }),
    warning(
      "PlanoAtMaxReplicas",
      `${hpa("status_current_replicas")} >= on (namespace, horizontalpodautoscaler) ${hpa("spec_max_replicas")}`,
      {
        summary: "the autoscaler is at its maximum of {{ $value }} replicas",
        description: "Affinity holds, but more load makes answers slow or fail. Raise maxReplicas, or give replicas more CPU.",
      },
      "10m",
    ),
    warning(
      "PlanoAutoscalerBlind",
      `${hpa("status_condition", 'condition="ScalingActive"', 'status="false"')} == 1`,
      {
        summary: "the autoscaler has no figures and does not scale",
        description: "Is metrics-server up? See kubectl describe hpa, and the setting metricsServer.",
      },
      "10m",
    ),
  ];
}

type Words = Omit<Alert["annotations"], "runbook">;

function rule(alert: string, expr: string, words: Words, severity: Alert["labels"]["severity"], lasting?: string): Alert {
  const annotations = { ...words, runbook: `docs/monitoring.md#${alert.toLowerCase()}` };
  return { alert, expr, ...(lasting && { for: lasting }), labels: { severity }, annotations };
}

function critical(alert: string, expr: string, words: Words, lasting?: string): Alert {
  return rule(alert, expr, words, "critical", lasting);
}

function warning(alert: string, expr: string, words: Words, lasting?: string): Alert {
  return rule(alert, expr, words, "warning", lasting);
}
