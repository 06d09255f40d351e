import type Redis from "ioredis";
import type { Log } from "../log";
import { RequestMemory } from "../request-memory";
import { StartupError } from "../startup-error";
import { Affinity } from "./affinity";
import type { GatewayConfig } from "./config";
import { AnchoredDecider } from "./anchored-decider";
import { Decider, type ModelDecider } from "./decider";
import { MemoryPinStore } from "./memory-pin-store";
import { Metrics } from "./metrics";
import { type GatewayParts, healthyParts } from "./parts";
import { Prices } from "./prices";
import { connectRedis, RedisPinStore } from "./redis-pin-store";
import { readRelease, type Release } from "./release";
import { Router } from "./router";
import type { GatewaySettings } from "./settings";
import { Traces } from "./traces";

/** A gateway that is put together and not yet listening. */
export interface Gateway {
  readonly config: GatewayConfig;
  readonly settings: GatewaySettings;
  readonly parts: GatewayParts;
  readonly decider: ModelDecider;
  readonly release: Release;
  readonly metrics: Metrics;
  readonly traces: Traces;
  readonly log: Log;
  readonly memory: RequestMemory;
  /** Counts chat requests, from 1. */
  nextRequestNumber(): number;
}

/**
 * Puts a gateway together.
 *
 * @throws StartupError when Redis cannot be reached, or the fault mode needs a Redis and there is none
 */
export async function createGateway(config: GatewayConfig, settings: GatewaySettings, log: Log): Promise<Gateway> {
  const release = readRelease(settings.release, config.budget !== undefined);
  const redis = await openRedis(config, settings, log);
  const parts = await withFault(createHealthyParts(config, redis, log), settings, redis);
  const metrics = new Metrics();
  let requests = 0;
  return {
    config,
    settings,
    parts,
    metrics,
    log,
    release,
    memory: new RequestMemory(),
    decider: await createDecider(config, settings, parts, metrics, release, log),
    traces: new Traces(parts.exportSpans ? config.tracing : undefined),
    nextRequestNumber: () => ++requests,
  };
}

async function createDecider(
  config: GatewayConfig,
  settings: GatewaySettings,
  parts: GatewayParts,
  metrics: Metrics,
  { anchorSeconds }: Release,
  log: Log,
): Promise<ModelDecider> {
  const router = new Router(config.routes, config.routingModel);
  if (anchorSeconds === undefined) return new Decider(parts, new Affinity(parts, metrics, settings.atomicFirstRequest), router);
  const { budget } = config;
  const held = budget && { percent: budget.percent, prices: await Prices.start(budget.source, log) };
  return new AnchoredDecider(parts, metrics, router, { seconds: anchorSeconds, budget: held });
}

async function openRedis(config: GatewayConfig, settings: GatewaySettings, log: Log): Promise<Redis | undefined> {
  if (config.sessionCache.type !== "redis") return undefined;
  const reconnect = settings.redisReconnect && settings.fault.forbidsReconnect !== true;
  return connectRedis(config.sessionCache.url, reconnect, log);
}

function createHealthyParts(config: GatewayConfig, redis: Redis | undefined, log: Log): GatewayParts {
  const { sessionCache, sessionTtlSeconds, tenantHeader, spanAttributes } = config;
  const maxEntries = sessionCache.type === "memory" ? sessionCache.maxEntries : 0;
  const store = redis === undefined ? new MemoryPinStore(maxEntries) : new RedisPinStore(redis, log);
  return healthyParts({ store, ttlSeconds: sessionTtlSeconds, tenantHeader, spanAttributes });
}

async function withFault(
  healthy: GatewayParts,
  { fault, podName }: GatewaySettings,
  redis: Redis | undefined,
): Promise<GatewayParts> {
  if (fault.change === undefined) return healthy;
  if (redis === undefined) throw new StartupError(`STANDIN_FAULT ${fault.name} needs routing.session_cache.type redis`);
  return { ...healthy, ...(await fault.change(healthy, { podName, redis })) };
}
