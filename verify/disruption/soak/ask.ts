import { systemClock } from "../../common/clock";
import type { Exchange, Replica } from "../../history";
import { HttpClient } from "../../http/http-client";
import { Asker } from "../../run/asker";
import { RequestLog } from "../../run/request-log";
import type { Way } from "./tally";

/** One question of a session. */
export interface SoakQuestion {
  readonly way: Way;
  readonly replica: Replica;
  readonly prompt: string;
  readonly session: string;
  readonly round: number;
}

/** Sends a question once; never rejects. */
export type Ask = (question: SoakQuestion) => Promise<Exchange>;

export interface SoakClientOptions {
  readonly model: string;
  readonly timeoutSeconds: number;
  readonly connectionsPerReplica: number;
  /** Requests under way at the same time through the service. */
  readonly mostAtOnce: number;
  readonly tenant?: { readonly name: string; readonly value: string };
  readonly signal: AbortSignal;
  readonly explain?: (replica: Replica) => string | undefined;
}

/** Requests that may be under way whatever the rate, and sockets that a soak may take. */
const leastAtOnce = 64;
const mostSockets = 1_000;

/** Pure: as many requests may be under way as are due until the first of them has reached its limit. */
export function mostAtOnce({ rate, timeoutSeconds }: { readonly rate: number; readonly timeoutSeconds: number }): number {
  return Math.max(leastAtOnce, Math.min(mostSockets, Math.ceil(rate * timeoutSeconds)));
}

/** A run may last for days: latencies are not kept. */
class UnkeptLatencies extends RequestLog {
  override answered(): void {}
}

/**
 * Asks as the verifier does, without trying again. Pods are asked through connections that are kept; the service through
 * a new one for each request: a connection that is kept stays with its pod until that ends, past any draining.
 */
export class SoakClient implements Disposable {
  readonly #pods: HttpClient;
  readonly #service: HttpClient;
  readonly #signal: AbortSignal;
  /** For what is asked beside the traffic. */
  readonly probe: Asker;
  readonly ask: Ask;

  constructor(options: SoakClientOptions) {
    this.#pods = new HttpClient(options);
    this.#service = new HttpClient({ ...options, connectionsPerReplica: options.mostAtOnce });
    this.#signal = options.signal;
    const once: Pick<HttpClient, "post"> = {
      post: (to, headers, body) => this.#service.post(to, { ...headers, connection: "close" }, body),
    };
    const terms = { ...options, clock: systemClock, log: new UnkeptLatencies() };
    const askers = { pod: new Asker({ ...terms, client: this.#pods }), service: new Asker({ ...terms, client: once }) };
    this.probe = new Asker({ ...terms, client: this.#pods });
    this.ask = ({ way, ...question }) => askers[way].ask({ ...question, duringFault: true });
    this.#signal.addEventListener("abort", this.#abort);
  }

  readonly #abort = (): void => {
    this.#pods.abort();
    this.#service.abort();
  };

  [Symbol.dispose](): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#pods[Symbol.dispose]();
    this.#service[Symbol.dispose]();
  }
}
