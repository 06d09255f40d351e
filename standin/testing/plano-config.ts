import { parse, stringify } from "yaml";
import { renderPlanoConfig } from "../../components/plano/plano-config";

export interface TestConfigOptions {
  readonly stubUrl: string;
  /** Absent: pins in memory. May name a variable of the environment. */
  readonly redisUrl?: string;
  readonly ttlSeconds: number;
  readonly tenantHeader?: string;
  /** Whose configuration it is. Default 0.4.27. */
  readonly planoVersion?: string;
  /** The collector's OTLP over HTTP origin; absent: no tracing. */
  readonly otlpUrl?: string;
}

/** The `plano_config.yaml` of a stack whose models are all served by the stub; without a Redis or a collector also without theirs. */
export function testConfig(options: TestConfigOptions): string {
  const { stubUrl, redisUrl, ttlSeconds, tenantHeader, otlpUrl, planoVersion = "0.4.27" } = options;
  const peers = { stub: stubUrl, redis: redisUrl ?? "", otlp: otlpUrl ?? "" };
  const by = { upstream: "stub", routing: "stub" } as const;
  const text = renderPlanoConfig({ planoVersion, ...by, sessionTtlSeconds: ttlSeconds, tenantHeader, peers });
  const { tracing, ...config } = parse(text) as { tracing: object; routing: { session_cache: object } };
  if (redisUrl === undefined) config.routing.session_cache = { type: "memory" };
  return stringify(otlpUrl === undefined ? config : { ...config, tracing });
}
