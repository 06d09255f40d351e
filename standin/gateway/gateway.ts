import { hostname } from "node:os";
import { integer, text } from "../env";
import { faultNames, isOfAnchors } from "../fault-names";
import type { Log } from "../log";
import { StartupError } from "../program";
import { readRelease, type Release } from "./anchor";
import type { GatewayConfig } from "./config";
import { anchoringDecider, pinningDecider } from "./decider";
import { faults } from "./faults";
import { type GatewayParts, healthyParts } from "./parts";
import { MemoryPinStore } from "./pin";
import { fetchPrices } from "./prices";
import { connectRedis, RedisPinStore } from "./redis-pin-store";
import { Traces } from "./traces";

/** How the stand-in itself behaves, as opposed to what its `plano_config.yaml` says. */
export type GatewaySettings = ReturnType<typeof readSettings>;

/** @throws StartupError with the first variable that is wrong */
export function readSettings(env: NodeJS.ProcessEnv) {
  const named = env["STANDIN_FAULT"] ?? "none";
  const fault = faultNames.find((name) => name === named);
  if (fault === undefined) throw new StartupError(`STANDIN_FAULT is "${named}"; use one of ${faultNames.join(", ")}`);
  return {
    fault,
    configFile: text(env, "PLANO_CONFIG_FILE") ?? "/app/plano_config.yaml",
    /** Default: the listener's in the config. 0 lets the system choose, as with the metrics port. */
    port: integer(env, "STANDIN_PORT"),
    metricsPort: integer(env, "STANDIN_METRICS_PORT") ?? 9092,
    podName: text(env, "POD_NAME") ?? hostname(),
    /** The Plano release to imitate. Default: 0.4.36 with a routing budget in the config, else 0.4.27. */
    release: text(env, "STANDIN_RELEASE"),
    /** For how long an anchor holds, in seconds. Default: the window of every provider's cache; tests cannot wait for it. */
    warmSeconds: integer(env, "STANDIN_WARM_SECONDS") ?? 300,
  };
}

/** A gateway that is put together and not yet listening. */
export type Gateway = Awaited<ReturnType<typeof createGateway>>;

/** @throws StartupError when Redis cannot be reached, or the fault needs a Redis and there is none */
export async function createGateway(config: GatewayConfig, settings: GatewaySettings, log: Log) {
  const { priceSource } = config;
  const { warmSeconds } = settings;
  const release = readRelease(settings.release, priceSource !== undefined, warmSeconds);
  const parts = await createParts(config, settings, release, log);
  const decider =
    release.anchorSeconds === undefined
      ? pinningDecider(parts)
      : anchoringDecider(parts, warmSeconds, priceSource && (await fetchPrices(priceSource, log, parts.priceDelayMs)));
  const traces = new Traces(parts.exportSpans ? config.tracing : undefined);
  return { config, settings, parts, decider, release, traces, log };
}

async function createParts(
  config: GatewayConfig,
  { fault, podName }: GatewaySettings,
  { reconnects, anchorSeconds }: Release,
  log: Log,
): Promise<GatewayParts> {
  const { redisUrl, sessionTtlSeconds, tenantHeader, spanAttributes } = config;
  const given = { ttlSeconds: anchorSeconds ?? sessionTtlSeconds, tenantHeader, spanAttributes };
  const { change } = faults[fault];
  if (isOfAnchors(fault) && anchorSeconds === undefined) {
    throw new StartupError(`STANDIN_FAULT ${fault} needs routing.routing_budget, or STANDIN_RELEASE 0.4.28 to 0.4.36`);
  }
  if (redisUrl === undefined) {
    if (change !== undefined) throw new StartupError(`STANDIN_FAULT ${fault} needs routing.session_cache.type redis`);
    return healthyParts({ ...given, store: new MemoryPinStore() });
  }
  const redis = await connectRedis(redisUrl, log);
  const store = new RedisPinStore(redis, log, reconnects && fault !== "no-reconnect");
  const healthy = healthyParts({ ...given, store });
  return { ...healthy, ...(await change?.(healthy, { podName, redis })) };
}
