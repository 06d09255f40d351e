import { systemClock } from "../../common/clock";
import type { Replica } from "../../history";
import { HttpClient } from "../../http/http-client";
import { Asker } from "../../run/asker";
import { RequestLog } from "../../run/request-log";
import type { SoakOptions } from "./options";
import type { Way } from "./tally";

/** Requests that may be under way whatever the rate, and sockets that a soak may take. */
const leastAtOnce = 64;
const mostSockets = 1_000;

/** Pure: as many requests may be under way as are due until the first of them has reached its limit. */
export function mostAtOnce({ rate, timeoutSeconds }: Pick<SoakOptions, "rate" | "timeoutSeconds">): number {
  return Math.max(leastAtOnce, Math.min(mostSockets, Math.ceil(rate * timeoutSeconds)));
}

/** A run may last for days: latencies are not kept. */
class UnkeptLatencies extends RequestLog {
  override answered(): void {}
}

export interface SoakClientOptions extends Pick<SoakOptions, "rate" | "timeoutSeconds" | "model" | "tenant"> {
  readonly connectionsPerReplica: number;
  readonly signal: AbortSignal;
  readonly explain: (replica: Replica) => string | undefined;
}

/**
 * Asks as the verifier does: pods by themselves, through connections that are kept, and the service through a new
 * connection for each request, as one that is kept stays with its pod until that ends, past any draining.
 */
export function soakAskers(options: SoakClientOptions): Readonly<Record<Way, Asker>> & Disposable {
  const terms = { ...options, clock: systemClock, log: new UnkeptLatencies() };
  const pods = new HttpClient(options);
  const service = new HttpClient({ ...options, connectionsPerReplica: mostAtOnce(options) });
  const once: Pick<HttpClient, "post"> = {
    post: (to, headers, body) => service.post(to, { ...headers, connection: "close" }, body),
  };
  const dispose = (): void => [pods, service].forEach((pool) => pool[Symbol.dispose]());
  options.signal.addEventListener("abort", dispose);
  return {
    pod: new Asker({ ...terms, client: pods }),
    service: new Asker({ ...terms, client: once }),
    [Symbol.dispose]: dispose,
  };
}
