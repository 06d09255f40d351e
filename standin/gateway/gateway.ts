import type { Log } from "../log";
import { StartupError } from "../program";
import { RequestMemory } from "../request-memory";
import type { GatewayConfig } from "./config";
import { anchoringDecider, type Decider, pinningDecider } from "./decider";
import { MemoryPinStore } from "./memory-pin-store";
import { Metrics } from "./metrics";
import { type GatewayParts, healthyParts } from "./parts";
import { fetchPrices } from "./prices";
import { connectRedis, RedisPinStore } from "./redis-pin-store";
import { readRelease, type Release } from "./release";
import { routeWith } from "./router";
import type { GatewaySettings } from "./settings";
import { Traces } from "./traces";

/** A gateway that is put together and not yet listening. */
export interface Gateway {
  readonly config: GatewayConfig;
  readonly settings: GatewaySettings;
  readonly parts: GatewayParts;
  readonly decider: Decider;
  readonly release: Release;
  readonly metrics: Metrics;
  readonly traces: Traces;
  readonly log: Log;
  readonly memory: RequestMemory;
  /** Counts chat requests, from 1. */
  nextRequestNumber(): number;
}

/** @throws StartupError when Redis cannot be reached, or the fault needs a Redis and there is none */
export async function createGateway(config: GatewayConfig, settings: GatewaySettings, log: Log): Promise<Gateway> {
  const { budget } = config;
  const release = readRelease(settings.release, budget !== undefined);
  const parts = await createParts(config, settings, log);
  const metrics = new Metrics();
  const deciding = { parts, metrics, route: routeWith(config.routes, config.routingModel) };
  const seconds = release.anchorSeconds;
  let requests = 0;
  return {
    config,
    settings,
    parts,
    metrics,
    log,
    release,
    memory: new RequestMemory(),
    decider:
      seconds === undefined
        ? pinningDecider(deciding)
        : anchoringDecider(deciding, {
            seconds,
            budget: budget && { percent: budget.percent, prices: await fetchPrices(budget.source, log) },
          }),
    traces: new Traces(parts.exportSpans ? config.tracing : undefined),
    nextRequestNumber: () => ++requests,
  };
}

async function createParts(
  config: GatewayConfig,
  { fault, podName, redisReconnect }: GatewaySettings,
  log: Log,
): Promise<GatewayParts> {
  const { sessionCache, sessionTtlSeconds: ttlSeconds, tenantHeader, spanAttributes } = config;
  const given = { ttlSeconds, tenantHeader, spanAttributes };
  if (sessionCache.type === "memory") {
    if (fault.change !== undefined) {
      throw new StartupError(`STANDIN_FAULT ${fault.name} needs routing.session_cache.type redis`);
    }
    return healthyParts({ ...given, store: new MemoryPinStore(sessionCache.maxEntries) });
  }
  const redis = await connectRedis(sessionCache.url, redisReconnect && fault.forbidsReconnect !== true, log);
  const healthy = healthyParts({ ...given, store: new RedisPinStore(redis, log) });
  return { ...healthy, ...(await fault.change?.(healthy, { podName, redis })) };
}
