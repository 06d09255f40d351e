import { Unmeasurable } from "../common/errors";
import type { ReplicasTarget } from "../options";
import type { ConnectedTarget } from "./target";

/** Endpoints that the user names: nothing to find, nothing to watch. */
export function connectReplicas(target: ReplicasTarget, concurrency: number): ConnectedTarget {
  return {
    replicas: target.replicas,
    connectionsPerReplica: concurrency,
    redisUrl: async () => given(target.redisUrl, "no Redis was named: give --redis-url redis://HOST:PORT"),
    jaegerUrl: async () => given(target.jaegerUrl, "no Jaeger was named: give --jaeger-url http://HOST:16686"),
    explain: () => undefined,
    changes: async () => [],
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function given(url: string | undefined, otherwise: string): string {
  if (url === undefined) throw new Unmeasurable(otherwise);
  return url;
}
