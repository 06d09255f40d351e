import type { Replica } from "../history";
import type { RunContext } from "../run/context";
import type { DeploymentWatch } from "./deployment-watch";
import { judgeRead } from "./judge";
import type { Limits } from "./limits";
import { answeredEvent, type Pin, type Pins } from "./pins";

export interface TrafficTerms extends Pick<RunContext, "clock" | "signal"> {
  /** Requests a second. */
  readonly rate: number;
  /** Requests that may be under way at the same time; beyond that none are sent. */
  readonly mostAtOnce: number;
  /** Sends the next request; undefined: there is nothing to send just now. */
  readonly next: () => Promise<void> | undefined;
  /** Called before each look at what is due. */
  readonly wake?: () => void;
}

/** No more requests are made up for at once where the process woke up late, in milliseconds of traffic. */
const mostLateMs = 500;

/** Sends requests at a constant rate until it is stopped. */
export class Traffic implements AsyncDisposable {
  /** Requests that were due and not sent, as too many were under way. */
  skipped = 0;
  readonly #begunAt: number;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending: Promise<void>;

  constructor(private readonly terms: TrafficTerms) {
    this.#begunAt = terms.clock.now();
    this.#sending = this.#send();
  }

  async #send(): Promise<void> {
    const { clock, rate, signal, wake } = this.terms;
    const until = AbortSignal.any([signal, this.#stop.signal]);
    const everyMs = 1_000 / rate;
    for (let due = 0; !until.aborted;) {
      wake?.();
      const late = Math.floor((clock.now() - this.#begunAt) / everyMs) - due;
      const given = Math.floor(Math.max(0, late - mostLateMs / everyMs));
      this.skipped += given;
      due += given;
      for (let n = late - given; n >= 0; n--, due++) this.#next();
      // Against the clock, so that waking up late does not add up.
      await clock.sleep(Math.max(1, this.#begunAt + due * everyMs - clock.now()), until);
    }
  }

  #next(): void {
    if (this.#underWay.size >= this.terms.mostAtOnce) return void this.skipped++;
    const asking = this.terms.next()?.finally(() => this.#underWay.delete(asking as Promise<void>));
    if (asking !== undefined) this.#underWay.add(asking);
  }

  /** Sends no more, and waits for the answers to what was sent. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
    await Promise.all(this.#underWay);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export interface PinTrafficTerms {
  readonly run: Pick<RunContext, "clock" | "signal">;
  readonly pins: Pick<Pins, "read" | "lifetime">;
  readonly watch: Pick<DeploymentWatch, "ready">;
  readonly limits: Pick<Limits, "requestsPerSecond" | "requestsAtOnce">;
}

export type PinTraffic = ReturnType<typeof startPinTraffic>;

/** Sends requests of pinned sessions, which take turns, at a modest rate, and counts what becomes of them. */
export function startPinTraffic({ run, pins, watch, limits }: PinTrafficTerms, sessions: readonly Pin[]) {
  const count = {
    total: 0,
    /** Failed, although their replica was ready when they were sent. */
    lost: 0,
    /** Answered by another model than the session was pinned to. */
    misrouted: 0,
  };
  let turn = 0;
  const ask = async (pin: Pin, replica: Replica): Promise<void> => {
    const answer = answeredEvent(await pins.read(pin, replica, turn, true));
    // What an interruption cut off is not the deployment's fault.
    if (answer === undefined && run.signal.aborted) return;
    count.total++;
    if (answer === undefined) count.lost++;
    else if (judgeRead(pin.first, answer, pins.lifetime).verdict === "fail") count.misrouted++;
  };
  const next = (): Promise<void> | undefined => {
    const replicas = watch.ready();
    const replica = replicas[++turn % replicas.length];
    const pin = sessions[Math.floor(turn / Math.max(1, replicas.length)) % sessions.length];
    return replica === undefined || pin === undefined ? undefined : ask(pin, replica);
  };
  const traffic = new Traffic({
    clock: run.clock,
    signal: run.signal,
    rate: limits.requestsPerSecond,
    mostAtOnce: limits.requestsAtOnce,
    next,
  });
  return { traffic, sessions, count };
}
