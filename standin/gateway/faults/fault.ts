import type Redis from "ioredis";
import type { FaultName } from "../../fault-names";
import type { GatewayParts } from "../parts";
import type { PinStore } from "../pin";

/** What a fault may use besides the parts that it replaces. */
export interface FaultContext {
  readonly podName: string;
  readonly redis: Redis;
}

type Change = (healthy: GatewayParts, context: FaultContext) => Partial<GatewayParts> | Promise<Partial<GatewayParts>>;

/** A bug that a gateway could really have. dev/mutations/table.ts says which checks of the verifier must name it. */
export interface Bug {
  readonly imitates: string;
  /** The parts that it replaces. `no-reconnect` replaces none: it overrules the release. */
  readonly change?: Change;
}

export type FaultTable = { readonly [name in FaultName]?: Bug };

/** A change of the store alone: the methods that it replaces. */
export const storeWith =
  (replaced: (store: PinStore, context: FaultContext, ttlSeconds: number | undefined) => Partial<PinStore>): Change =>
  ({ store, ttlSeconds }, context) => ({
    store: {
      get: (key) => store.get(key),
      put: (key, value, ttl) => store.put(key, value, ttl),
      ...replaced(store, context, ttlSeconds),
    },
  });

/** The key under which the replicas agree on which of them has the fault. */
const CHOSEN_KEY = "standin:faulty-replica";

/** Longer than a demonstration. */
export const DAY_SECONDS = 86_400;

/** Whether this is the replica with the bug, for bugs that only one of those that share a Redis has: the first to start. */
export async function isChosenReplica({ redis, podName }: FaultContext): Promise<boolean> {
  await redis.set(CHOSEN_KEY, podName, "EX", DAY_SECONDS, "NX");
  return (await redis.get(CHOSEN_KEY)) === podName;
}
