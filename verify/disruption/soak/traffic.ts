import type { Exchange, Replica } from "../../history";
import { pinLifetime } from "../../register";
import type { Asker } from "../../run/asker";
import type { RunContext } from "../../run/context";
import type { PromptChoice } from "../../run/plan";
import { answeredEvent } from "../pins";
import type { Stage } from "../stage";
import { startTraffic } from "../traffic";
import { waitUntil } from "../wait";
import { mostAtOnce } from "./client";
import type { SoakOptions } from "./options";
import { oneOf, type Random } from "./random";
import { judgeAnswer, type LiveSession } from "./sessions";
import type { SoakOutcome } from "./report";
import type { Way } from "./tally";

export interface SoakTrafficTerms
  extends Pick<SoakOptions, "sessions" | "rate" | "ttlSeconds">, Pick<SoakOutcome, "live" | "tally" | "windows"> {
  readonly run: Pick<RunContext, "clock" | "signal">;
  readonly watch: Pick<Stage["watch"], "ready" | "fromNow">;
  readonly choice: PromptChoice;
  readonly askers: Readonly<Record<Way, Pick<Asker, "ask">>>;
  /** The service, asked like a replica. */
  readonly service: Replica;
  readonly random: Random;
  /** Ids are the prefix and 1, 2, … */
  readonly prefix: string;
}

/** Begins sessions, half of the requests at most, and asks them at random until it is stopped. */
export function startSoakTraffic(terms: SoakTrafficTerms): AsyncDisposable {
  const { run, watch, choice, random, live, tally, windows, sessions, rate } = terms;
  const { clock, signal } = run;
  const lifetime = pinLifetime(terms.ttlSeconds);
  const begunAt = clock.now();
  let [turn, beginning] = [0, 0];

  const ask = async (session: string, prompt: string, round: number): Promise<Exchange> => {
    const pod = random() < 0.5 ? oneOf(watch.ready(), random) : undefined;
    const [way, replica]: readonly [Way, Replica] = pod === undefined ? ["service", terms.service] : ["pod", pod];
    const exchange = await terms.askers[way].ask({ replica, prompt, session, round, duringFault: true });
    const { answer, sentAt, answeredAt } = exchange;
    // What an interruption cut off is not the deployment's fault.
    if (answer.kind === "failure" && signal.aborted) return exchange;
    const window = windows.during(sentAt, answeredAt);
    tally.sent(way, window);
    if (answer.kind === "failure") {
      const outage = windows.outage(sentAt, answeredAt);
      const left = pod !== undefined && (await podLeft(pod, window !== undefined, terms));
      tally.failed({ way, cause: answer.reason, outage, podLeft: left }, window);
    }
    return exchange;
  };

  const begin = async (): Promise<void> => {
    const index = tally.sessions.begun++;
    const id = `${terms.prefix}${index + 1}`;
    beginning++;
    const exchange = await ask(id, choice.first(index), 0).finally(() => beginning--);
    const pin = answeredEvent(exchange);
    if (pin === undefined) return;
    tally.sessions.answered++;
    const { invokedAt, returnedAt } = pin;
    const settled = !windows.outage(invokedAt, returnedAt);
    const pinnedUntil = invokedAt + lifetime.lifetimeMs - lifetime.toleranceMs;
    live.add({ id, index, pin, pinnedUntil, settled, confirmedAt: invokedAt, rounds: 1, busy: false });
  };

  const read = async (session: LiveSession): Promise<void> => {
    const { id, index, pin } = session;
    const round = session.rounds++;
    session.busy = true;
    const prompt = choice.followUp(index, round, pin.model);
    const answer = answeredEvent(await ask(id, prompt, round).finally(() => (session.busy = false)));
    if (answer === undefined) {
      // Where there is no pin, this request may still write one.
      if (!session.settled) live.end(session);
      return;
    }
    const { verdict, sentence } = judgeAnswer(session, answer, windows, lifetime);
    tally.judged(verdict, windows.during(answer.invokedAt, answer.returnedAt));
    if (verdict !== "lost" && verdict !== "outside") return;
    live.end(session);
    tally.violation({ kind: verdict, session: id, sentence, atMs: Math.round(answer.invokedAt - begunAt) });
  };

  const next = (): Promise<void> | undefined => {
    live.expire(clock.now());
    live.note(sessions, beginning, Math.round(clock.now() - begunAt));
    // Half of the requests, so that sessions are asked from the beginning.
    if (turn++ % 2 === 0 && live.size + beginning < sessions) return begin();
    const session = live.pick(random);
    if (session === undefined && live.size >= sessions) tally.skipped++;
    return session === undefined ? undefined : read(session);
  };

  const skipped = (count: number): void => void (tally.skipped += count);
  return startTraffic({ clock, signal, rate, mostAtOnce, next, skipped });
}

/** Longest wait for a look at the pods, and the time between two tries, in milliseconds. */
const limitMs = 5_000;
const limits = { intervalMs: 100 };

/**
 * Whether a pod that did not answer was ending, which clients of a pod must expect, and clients of the service need not. A
 * pod that is gone or not ready counts as ending during a fault only: at rest it has crashed. Judged by the next look;
 * false without one.
 */
async function podLeft(
  { pod, name }: Replica,
  disturbed: boolean,
  { run, watch }: Pick<SoakTrafficTerms, "run" | "watch">,
): Promise<boolean> {
  const look = watch.fromNow();
  const seen = await waitUntil({ run, limits }, "the pods were seen", limitMs, async () => look()).catch(() => undefined);
  const found = seen?.pods.find((it) => it.name === (pod ?? name));
  return found?.leaving === true || (disturbed && seen !== undefined && found?.ready !== true);
}
