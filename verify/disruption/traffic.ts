import type { Replica } from "../history";
import type { RunContext } from "../run/context";
import type { Limits } from "./limits";
import type { Pin, Pins } from "./pins";

/** Requests while the deployment was disturbed. */
export interface TrafficCount {
  readonly total: number;
  /** Failed, although their replica was ready when they were sent. */
  readonly lost: number;
  /** Answered by another model than the session was pinned to. */
  readonly misrouted: number;
  /** The first lost request, in words. */
  readonly firstLost: string | undefined;
}

export interface TrafficTerms {
  readonly run: Pick<RunContext, "clock" | "signal">;
  readonly pins: Pick<Pins, "read">;
  /** Sessions that were pinned before; they take turns. */
  readonly sessions: readonly Pin[];
  /** The replicas that are ready now; they take turns. */
  readonly ready: () => readonly Replica[];
  readonly limits: Pick<Limits, "requestsPerSecond" | "requestsAtOnce">;
}

/** Sends requests of pinned sessions at a modest rate until it is stopped. */
export class Traffic implements AsyncDisposable {
  readonly #terms: TrafficTerms;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  #total = 0;
  #lost = 0;
  #misrouted = 0;
  #firstLost: string | undefined;

  constructor(terms: TrafficTerms) {
    this.#terms = terms;
    this.#sending = this.#send();
  }

  /** Sends no more, waits for the answers to what was sent, and counts. */
  async stop(): Promise<TrafficCount> {
    this.#stop.abort();
    await this.#sending;
    await Promise.all(this.#underWay);
    return { total: this.#total, lost: this.#lost, misrouted: this.#misrouted, firstLost: this.#firstLost };
  }

  async #send(): Promise<void> {
    const { run, sessions, ready, limits } = this.#terms;
    const everyMs = 1000 / limits.requestsPerSecond;
    const until = AbortSignal.any([run.signal, this.#stop.signal]);
    const begunAt = run.clock.now();
    for (let tick = 1; !until.aborted; tick++) {
      const replicas = ready();
      const replica = replicas[tick % replicas.length];
      const pin = sessions[Math.floor(tick / Math.max(1, replicas.length)) % sessions.length];
      if (replica !== undefined && pin !== undefined && this.#underWay.size < limits.requestsAtOnce) {
        const asking = this.#ask(pin, replica, tick).finally(() => this.#underWay.delete(asking));
        this.#underWay.add(asking);
      }
      // Against the clock, so that waking up late does not add up.
      await run.clock.sleep(Math.max(1, begunAt + tick * everyMs - run.clock.now()), until);
    }
  }

  async #ask(pin: Pin, replica: Replica, round: number): Promise<void> {
    const { exchange } = await this.#terms.pins.read(pin, replica, round, true);
    const { answer, answeredAt } = exchange;
    // What an interruption cut off is not the deployment's fault.
    if (answer.kind === "failure" && this.#terms.run.signal.aborted) return;
    this.#total++;
    if (answer.kind === "failure") {
      this.#lost++;
      this.#firstLost ??= `${replica.name}: ${answer.reason}`;
    } else if (answer.model !== pin.model && answeredAt < pin.session.pinnedUntil) this.#misrouted++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
