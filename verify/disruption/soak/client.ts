import { systemClock } from "../../common/clock";
import type { Replica } from "../../history";
import { HttpClient } from "../../http/http-client";
import { Asker } from "../../run/asker";
import { RequestLog } from "../../run/request-log";
import type { SoakOptions } from "./options";

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

/** Asks as the verifier does. */
export class SoakClient implements Disposable {
  readonly #pools: readonly HttpClient[];
  /** Asks pods by themselves, through connections that are kept. */
  readonly pods: Asker;
  /**
   * Asks the service, through a new connection for each request: one that is kept stays with its pod until that ends, past
   * any draining.
   */
  readonly service: Asker;

  constructor(options: SoakClientOptions) {
    const pods = new HttpClient(options);
    const service = new HttpClient({ ...options, connectionsPerReplica: mostAtOnce(options) });
    const once: Pick<HttpClient, "post"> = {
      post: (to, headers, body) => service.post(to, { ...headers, connection: "close" }, body),
    };
    const terms = { ...options, clock: systemClock, log: new UnkeptLatencies() };
    this.pods = new Asker({ ...terms, client: pods });
    this.service = new Asker({ ...terms, client: once });
    this.#pools = [pods, service];
  }

  [Symbol.dispose](): void {
    for (const pool of this.#pools) pool[Symbol.dispose]();
  }
}
