import { connectionProblem } from "../common/connection-problem";
import { oneLine, reasonOf } from "../common/errors";

export interface RedisAttempt {
  /** `Redis at HOST:PORT`. */
  readonly address: string;
  /** Whether TLS was tried; undefined once the connection stands, for then it is not to blame. */
  readonly tls?: boolean;
  readonly limitSeconds: number;
}

/** Why Redis cannot be read, in one line for people, without the password, and with what to try where that is known. */
export function redisProblem(error: unknown, { address, tls, limitSeconds }: RedisAttempt): string {
  const reason = reasonOf(error);
  if (reason.includes("NOAUTH")) return `${address} needs a password, and none was given`;
  if (/WRONGPASS|invalid password|AUTH failed/i.test(reason)) return `${address} refused the password`;
  if (reason.includes("ECONNREFUSED")) return `${address} refused the connection`;
  if (reason.startsWith("MOVED "))
    return `${address} is one node of a Redis Cluster, which cannot be inspected: --skip-redis-inspect`;
  const hint = tls === true ? ": is it without TLS? Try redis://" : tls === false ? ": does it want TLS? Try rediss://" : "";
  if (/timed out|ETIMEDOUT/i.test(reason)) {
    return `${address} gave no ${tls === true ? "TLS " : ""}answer within ${limitSeconds} s${hint}`;
  }
  if (reason.startsWith("Protocol error")) return `${address} does not speak Redis' protocol${hint}`;
  const problem = connectionProblem(error);
  const ended = ["connection reset", "it does not speak TLS", "Connection is closed."].includes(problem);
  return ended ? `${address} ended the connection${hint}` : `${address} cannot be read: ${oneLine(problem, 120)}`;
}
