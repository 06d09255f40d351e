import { Unmeasurable } from "../../common/errors";
import type { Disturbance } from "../disturbance";
import { RedisClients } from "../redis-clients";

/**
 * Every connection to Redis is broken at once, as by a failover or a proxy that is restarted. Plano 0.4.19 to 0.4.31 do
 * not connect again by themselves: then only a liveness probe that notices makes it good.
 * @param redisUrl finds the way to Redis
 */
export function redisClientsKilled(redisUrl: () => Promise<string>): Disturbance {
  return {
    id: "redis-clients-killed",
    title: "Redis clients killed",
    after: "Redis' clients were killed",
    untilShared: true,
    unready: "fail",
    async inflict() {
      const url = await redisUrl();
      await using clients = await RedisClients.connect(url);
      const before = await clients.others();
      if (before.length === 0) throw new Unmeasurable("Redis has no client but the verifier, so there is no connection to break");
      await clients.killOthers();
      return {
        target: `${before.length} connections`,
        async landed() {
          await using later = await RedisClients.connect(url);
          const now = new Set(await later.others());
          const left = before.filter((id) => now.has(id));
          if (left.length > 0) return { seen: `${left.length} of ${before.length} connections are still in CLIENT LIST` };
          return { done: `the ids of all ${before.length} connections are gone from CLIENT LIST` };
        },
        missing: async () => undefined,
      };
    },
  };
}
