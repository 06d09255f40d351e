import type { Replica } from "../history";
import type { RunContext } from "../run/context";
import { answeredEvent, judgeRead, type Pin } from "./pins";
import type { Stage } from "./stage";
import { repeat } from "./wait";

export interface TrafficTerms extends Pick<RunContext, "clock" | "signal"> {
  readonly rate: number;
  /** Requests that may be under way at the same time; beyond that none are sent. */
  readonly mostAtOnce: number;
  /** Sends the next request; undefined: there is nothing to send just now. */
  readonly next: () => Promise<void> | undefined;
  /** Told how many requests were due and not sent, as too many were under way. */
  readonly skipped?: (count: number) => void;
}

/** No more requests are made up for at once where the process woke up late, in milliseconds of traffic. */
const mostLateMs = 500;

/** Sends requests at a constant rate until it is stopped, which waits for the answers to what was sent. */
export function startTraffic(terms: TrafficTerms): AsyncDisposable {
  const { clock, rate, mostAtOnce, next, skipped } = terms;
  const everyMs = 1_000 / rate;
  const begunAt = clock.now();
  const underWay = new Set<Promise<void>>();
  let due = 0;
  const send = (): void => {
    if (underWay.size >= mostAtOnce) return skipped?.(1);
    const asking = next()?.finally(() => underWay.delete(asking as Promise<void>));
    if (asking !== undefined) underWay.add(asking);
  };
  const sending = repeat(terms, async () => {
    const late = Math.floor((clock.now() - begunAt) / everyMs) - due;
    const given = Math.floor(Math.max(0, late - mostLateMs / everyMs));
    skipped?.(given);
    due += given;
    for (let n = late - given; n >= 0; n--, due++) send();
    // Against the clock, so that waking up late does not add up.
    return Math.max(1, begunAt + due * everyMs - clock.now());
  });
  return {
    async [Symbol.asyncDispose]() {
      await sending[Symbol.asyncDispose]();
      await Promise.all(underWay);
    },
  };
}

/** Requests during a disturbance that may be under way at the same time. */
const mostAtOnce = 16;

/** What became of requests of pinned sessions. */
export type PinRequests = {
  total: number;
  /** Failed, although their replica was ready when they were sent. */
  lost: number;
  /** Answered by another model than the session was pinned to. */
  misrouted: number;
};

/**
 * Sends requests of pinned sessions, which take turns, at a modest rate, and counts what becomes of them.
 * @param adrift takes those of which a request was misrouted or lost
 */
export function startPinTraffic(
  { run, pins, watch, rate }: Pick<Stage, "run" | "pins" | "watch" | "rate">,
  sessions: readonly Pin[],
  count: PinRequests,
  adrift: Set<Pin>,
): AsyncDisposable {
  let turn = 0;
  const ask = async (pin: Pin, replica: Replica): Promise<void> => {
    const answer = answeredEvent(await pins.read(pin, replica, turn, true));
    // What an interruption cut off is not the deployment's fault.
    if (answer === undefined && run.signal.aborted) return;
    count.total++;
    const misrouted = answer !== undefined && judgeRead(pin.first, answer, pins.lifetime).verdict === "fail";
    if (answer === undefined) count.lost++;
    if (misrouted) count.misrouted++;
    if (misrouted || answer === undefined) adrift.add(pin);
  };
  const next = (): Promise<void> | undefined => {
    const replicas = watch.ready();
    const replica = replicas[++turn % replicas.length];
    const pin = sessions[Math.floor(turn / Math.max(1, replicas.length)) % sessions.length];
    return replica === undefined || pin === undefined ? undefined : ask(pin, replica);
  };
  return startTraffic({ ...run, rate, mostAtOnce, next });
}
