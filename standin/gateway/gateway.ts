import { hostname } from "node:os";
import { type Env, EnvReader } from "../env";
import { faultNames } from "../fault-names";
import type { Log } from "../log";
import { StartupError } from "../program";
import { RequestMemory } from "../request-memory";
import { readRelease } from "./anchor";
import type { GatewayConfig } from "./config";
import { anchoringDecider, pinningDecider } from "./decider";
import { faultNamed } from "./faults";
import { MemoryPinStore } from "./memory-pin-store";
import { Metrics } from "./metrics";
import { type GatewayParts, healthyParts } from "./parts";
import { fetchPrices } from "./prices";
import { connectRedis, RedisPinStore } from "./redis-pin-store";
import { Traces } from "./traces";

/** How the stand-in itself behaves, as opposed to what its `plano_config.yaml` says. */
export type GatewaySettings = ReturnType<typeof readSettings>;

/** @throws StartupError with every variable that is wrong */
export function readSettings(env: Env) {
  const reader = new EnvReader(env);
  const settings = {
    /** `STANDIN_FAULT`, default `none`. */
    fault: faultNamed(reader.oneOf("STANDIN_FAULT", faultNames)),
    configFile: reader.text("PLANO_CONFIG_FILE") ?? "/app/plano_config.yaml",
    /** Default: the listener's in the config. 0 lets the system choose, as with the metrics port. */
    port: reader.port("STANDIN_PORT"),
    metricsPort: reader.port("STANDIN_METRICS_PORT") ?? 9092,
    podName: reader.text("POD_NAME") ?? hostname(),
    /** Whether to connect to Redis again. Default false, as in Plano 0.4.27. */
    redisReconnect: reader.oneOf("STANDIN_REDIS_RECONNECT", ["false", "true"]) === "true",
    /** The Plano release to imitate. Default: 0.4.36 with a routing budget in the config, else 0.4.27. */
    release: reader.text("STANDIN_RELEASE"),
  };
  reader.check();
  return settings;
}

/** A gateway that is put together and not yet listening. */
export type Gateway = Awaited<ReturnType<typeof createGateway>>;

/** @throws StartupError when Redis cannot be reached, or the fault needs a Redis and there is none */
export async function createGateway(config: GatewayConfig, settings: GatewaySettings, log: Log) {
  const { priceSource } = config;
  const release = readRelease(settings.release, priceSource !== undefined);
  const parts = await createParts(config, settings, log);
  const metrics = new Metrics();
  const decider =
    release.anchorSeconds === undefined
      ? pinningDecider(parts, metrics)
      : anchoringDecider(parts, metrics, release.anchorSeconds, priceSource && (await fetchPrices(priceSource, log)));
  const traces = new Traces(parts.exportSpans ? config.tracing : undefined);
  return { config, settings, parts, decider, release, metrics, traces, log, memory: new RequestMemory() };
}

/** How many pins a gateway without Redis keeps; the default of Plano 0.4.27. */
const MAX_PINS_IN_MEMORY = 10_000;

async function createParts(
  config: GatewayConfig,
  { fault, podName, redisReconnect }: GatewaySettings,
  log: Log,
): Promise<GatewayParts> {
  const { redisUrl, sessionTtlSeconds: ttlSeconds, tenantHeader, spanAttributes } = config;
  const given = { ttlSeconds, tenantHeader, spanAttributes };
  if (redisUrl === undefined) {
    if (fault.change !== undefined) {
      throw new StartupError(`STANDIN_FAULT ${fault.name} needs routing.session_cache.type redis`);
    }
    return healthyParts({ ...given, store: new MemoryPinStore(MAX_PINS_IN_MEMORY) });
  }
  const redis = await connectRedis(redisUrl, redisReconnect && fault.forbidsReconnect !== true, log);
  const healthy = healthyParts({ ...given, store: new RedisPinStore(redis, log) });
  return { ...healthy, ...(await fault.change?.(healthy, { podName, redis })) };
}
