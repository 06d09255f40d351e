import type { PlanoPeers } from "./plano-config";
import { appNames, credentials, ports, serviceHost } from "../names";

/**
 * Where the gateway finds the stack's other parts.
 *
 * @param externalRedis whether Redis' URL is in the variable `REDIS_URL`; else the stack runs one of its own
 */
export function planoPeers(namespace: string, externalRedis: boolean): PlanoPeers {
  const at = (app: "llm-stub" | "redis" | "jaeger", port: number): string => `${serviceHost(app, namespace)}:${port}`;
  return {
    stub: `http://${at(appNames.stub, ports.stub)}`,
    redis: externalRedis
      ? `$${credentials.redisUrl}`
      : `redis://:$${credentials.redisPassword}@${at(appNames.redis, ports.redis)}`,
    otlp: `http://${at(appNames.jaeger, ports.otlpGrpc)}`,
  };
}
