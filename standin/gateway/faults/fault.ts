import type Redis from "ioredis";
import type { CheckId } from "../../../verify/check-ids";
import type { GatewayParts } from "../parts";

/** What a fault may reach besides the parts that it replaces. */
export interface FaultContext {
  readonly podName: string;
  readonly redis: Redis;
}

/** A bug that a gateway could really have, for tests of the verifier. */
export interface Fault {
  /** Value of `STANDIN_FAULT`. */
  readonly name: string;
  /** The real bug, in one line. */
  readonly imitates: string;
  /** The checks that must not pass, where they are asked for; empty for the healthy gateway. */
  readonly caughtBy: readonly CheckId[];
  /** What the verifier needs to see it, beyond its defaults. */
  readonly needs?: string;
  /** Overrules `STANDIN_REDIS_RECONNECT`. */
  readonly forbidsReconnect?: true;
  /** The parts that it replaces; absent for the healthy gateway. */
  readonly change?: (healthy: GatewayParts, context: FaultContext) => Partial<GatewayParts> | Promise<Partial<GatewayParts>>;
}
