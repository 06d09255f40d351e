import { systemClock } from "../../common/clock";
import { HttpClient } from "../../http/http-client";
import { Asker } from "../../run/asker";
import { RequestLog } from "../../run/request-log";
import type { ConnectedTarget } from "../../targets/target";
import type { SoakOptions } from "./options";
import type { Way } from "./tally";

/** Requests that may be under way at the same time: each takes a socket. */
export const mostAtOnce = 1_000;

/** A run may last for days: latencies are not kept. */
class UnkeptLatencies extends RequestLog {
  override answered(): void {}
}

/** Asks pods through connections that are kept, and the service by a new one each time: a kept one stays with its pod. */
export function soakAskers(
  options: Pick<SoakOptions, "timeoutSeconds" | "model" | "tenant">,
  target: Pick<ConnectedTarget, "connectionsPerReplica" | "explain">,
  signal: AbortSignal,
): Readonly<Record<Way, Asker>> & Disposable {
  const { timeoutSeconds } = options;
  const pods = new HttpClient({ timeoutSeconds, connectionsPerReplica: target.connectionsPerReplica, signal });
  const service = new HttpClient({ timeoutSeconds, connectionsPerReplica: mostAtOnce, signal });
  const terms = { ...options, signal, clock: systemClock, log: new UnkeptLatencies() };
  const once: Pick<HttpClient, "post"> = {
    post: (to, headers, body) => service.post(to, { ...headers, connection: "close" }, body),
  };
  return {
    pod: new Asker({ ...terms, client: pods, explain: (replica) => target.explain(replica) }),
    service: new Asker({ ...terms, client: once }),
    [Symbol.dispose]: () => [pods, service].forEach((pool) => pool[Symbol.dispose]()),
  };
}
