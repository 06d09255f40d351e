/** By part: names that people type in commands, and that the verifier looks for. */
export const appNames = {
  gateway: "plano",
  redis: "redis",
  haproxy: "redis-proxy",
  exporter: "redis-exporter",
  jaeger: "jaeger",
  stub: "llm-stub",
} as const;

/** A workload of the stack. */
export type AppName = (typeof appNames)[keyof typeof appNames];

/** The part of the stack that a workload is, by the name that settings know it by. */
export function partOf(app: AppName): keyof typeof appNames {
  const [part] = Object.entries(appNames).find(([, name]) => name === app) as [keyof typeof appNames, string];
  return part;
}

/** Ports inside the cluster. */
export const ports = {
  gateway: 12_000,
  gatewayMetrics: 9_092,
  redisWatch: 12_090,
  redis: 6_379,
  redisExporter: 9_121,
  stub: 8_080,
  jaegerUi: 16_686,
  jaegerHealth: 13_133,
  otlpGrpc: 4_317,
  otlpHttp: 4_318,
} as const;

/** Ports of the node on which the sandbox and kind answer. */
export const nodePorts = { gateway: 32_000, jaegerUi: 31_686 } as const;

/** The Secret with the stack's credentials, and its keys. Containers get them as variables of the same names. */
export const credentials = {
  secret: "plano-secrets",
  redisPassword: "REDIS_PASSWORD",
  redisUrl: "REDIS_URL",
  openaiApiKey: "OPENAI_API_KEY",
  caBundle: "CA_BUNDLE",
} as const;

/** The label that selects a workload's pods. */
export function selectorOf(app: AppName): { readonly app: AppName } {
  return { app };
}

/** Labels of everything that the stack makes. */
export const partOfStack = { "app.kubernetes.io/part-of": "plano-affinity", "app.kubernetes.io/managed-by": "pulumi" } as const;

/** All labels of a workload's objects. */
export function labelsOf(app: AppName): { readonly [label: string]: string } {
  return { app, "app.kubernetes.io/name": app, ...partOfStack };
}

/** The name by which any pod of the cluster finds a service. */
export function serviceHost(service: string, namespace: string): string {
  return `${service}.${namespace}.svc.cluster.local`;
}
