import type { Clock } from "../../common/clock";
import type { DeploymentWatch } from "../deployment-watch";
import type { Exchange, Replica } from "../../history";
import type { PromptChoice } from "../../run/plan";
import type { Ask } from "./ask";
import type { LiveSessions } from "./live-sessions";
import { judgeAnswer, type PinnedSession } from "./pinned-session";
import { podLeft } from "./pod-left";
import { oneOf, type Random } from "./random";
import type { Tally, Way } from "./tally";
import type { Windows } from "./windows";

export interface TrafficTerms {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly random: Random;
  readonly ask: Ask;
  readonly choice: PromptChoice;
  readonly watch: Pick<DeploymentWatch, "ready" | "lookSince">;
  /** The service, asked like a replica. */
  readonly service: Replica;
  readonly live: LiveSessions;
  readonly tally: Tally;
  readonly windows: Windows;
  /** Sessions that are to live at the same time. */
  readonly sessions: number;
  /** Ids are the prefix and 1, 2, … */
  readonly prefix: string;
  /** From the request that begins a session until its pin may have run out, in milliseconds. */
  readonly lifeMs: number;
  /** Requests a second in all; half of them may begin sessions. */
  readonly rate: number;
  /** Requests that may be under way at the same time; beyond that none are sent. */
  readonly mostAtOnce: number;
}

/** No more requests are made up for at once where the process woke up late, in milliseconds of traffic. */
const mostLateMs = 500;

/** Begins sessions and asks them at random until it is stopped. */
export class SoakTraffic implements AsyncDisposable {
  readonly #terms: TrafficTerms;
  readonly #stop = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending: Promise<void>;
  readonly #begunAt: number;
  #begun = 0;
  #beginning = 0;
  #turn = 0;

  constructor(terms: TrafficTerms) {
    this.#terms = terms;
    this.#begunAt = terms.clock.now();
    this.#sending = this.#send();
  }

  async #send(): Promise<void> {
    const { clock, rate, sessions, signal, live, tally } = this.#terms;
    const until = AbortSignal.any([signal, this.#stop.signal]);
    const everyMs = 1_000 / rate;
    for (let due = 0; !until.aborted;) {
      const now = clock.now();
      live.expire(now);
      const late = Math.floor((now - this.#begunAt) / everyMs) - due;
      const given = Math.floor(Math.max(0, late - mostLateMs / everyMs));
      tally.skipped += given;
      due += given;
      for (let n = late - given; n >= 0; n--, due++) if (!this.#next()) tally.skipped++;
      live.note(sessions, this.#beginning);
      await clock.sleep(Math.max(1, this.#begunAt + due * everyMs - clock.now()), until);
    }
  }

  /** @returns false: nothing could be sent */
  #next(): boolean {
    const { live, sessions, random, mostAtOnce } = this.#terms;
    if (this.#underWay.size >= mostAtOnce) return false;
    // Half of the requests, so that a session is asked from the beginning.
    const begins = this.#turn++ % 2 === 0 && live.size + this.#beginning < sessions;
    const session = begins ? undefined : live.pick(random);
    if (!begins && session === undefined) return live.size < sessions;
    const asking = (session === undefined ? this.#begin() : this.#read(session)).finally(() => this.#underWay.delete(asking));
    this.#underWay.add(asking);
    return true;
  }

  async #begin(): Promise<void> {
    const { choice, live, tally, windows, prefix, lifeMs } = this.#terms;
    const index = this.#begun++;
    const id = `${prefix}${index + 1}`;
    tally.sessions.begun++;
    this.#beginning++;
    const exchange = await this.#ask(id, choice.first(index), 0).finally(() => this.#beginning--);
    const { answer, sentAt, answeredAt } = exchange;
    if (answer.kind === "failure") return;
    tally.sessions.answered++;
    const settled = !windows.outage(sentAt, answeredAt);
    const state = { settled, confirmedAt: sentAt, rounds: 1, busy: false, violated: false, strayed: false };
    live.add({ id, index, model: answer.model, pinnedUntil: sentAt + lifeMs, ...state });
  }

  async #read(session: PinnedSession): Promise<void> {
    const { choice, live, tally, windows } = this.#terms;
    const { id, index, model } = session;
    const round = session.rounds++;
    const prompt = choice.followUp(index, round, model) ?? choice.first(index + round);
    session.busy = true;
    const exchange = await this.#ask(id, prompt, round).finally(() => (session.busy = false));
    const { answer, sentAt, answeredAt, replica } = exchange;
    if (answer.kind === "failure") {
      // Without a pin to be found it may yet write one, whatever others are answered meanwhile.
      if (!session.settled) live.remove(session);
      return;
    }
    const wasViolated = session.violated;
    const verdict = judgeAnswer(session, { model: answer.model, sentAt, answeredAt }, windows);
    tally.judged(verdict, windows.during(sentAt, answeredAt));
    if (verdict !== "lost" && verdict !== "outside") return;
    if (!wasViolated) tally.sessions.violated++;
    const sentence = `${replica.name} answered ${answer.model}, although the session is pinned to ${model}`;
    tally.example({ kind: verdict, session: id, sentence, atMs: Math.round(sentAt - this.#begunAt) });
  }

  async #ask(session: string, prompt: string, round: number): Promise<Exchange> {
    const { ask, service, watch, random, signal, tally, windows } = this.#terms;
    const pod = random() < 0.5 ? oneOf(watch.ready(), random) : undefined;
    const [way, replica]: readonly [Way, Replica] = pod === undefined ? ["service", service] : ["pod", pod];
    const exchange = await ask({ way, replica, prompt, session, round });
    const { answer, sentAt, answeredAt } = exchange;
    // What an interruption cut off is nobody's fault.
    if (answer.kind === "failure" && signal.aborted) return exchange;
    const window = windows.during(sentAt, answeredAt);
    const outage = windows.outage(sentAt, answeredAt);
    tally.sent(way, window);
    if (answer.kind === "failure") {
      const left = pod !== undefined && (await podLeft(pod, answeredAt, window !== undefined, this.#terms));
      tally.failed({ way, cause: answer.reason, window, outage, podLeft: left });
    }
    return exchange;
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
