import { randomBytes } from "node:crypto";
import { forEachConcurrently } from "../common/pool";
import { modelsOf, pinnedModel, type Replica, type Session } from "../history";
import type { VerifyOptions } from "../options";
import type { SessionReport, Verdict } from "../report/report";
import type { RunContext } from "./context";
import { changesOfModel, type SessionJudgement } from "./judge-session";
import { itinerary, type PromptChoice } from "./plan";

/** Moments of a session at which a check may want to look; the session goes on when they have resolved. */
export interface SessionWatcher {
  /** Before the session's first request. */
  starting?(session: Session): Promise<void>;
  firstAnswered?(session: Session): Promise<void>;
  /** The session's last request is about to be sent. */
  lastRoundStarting?(session: Session): Promise<void>;
  /** The session is over, and will not be kept. */
  ended?(session: Session, judgement: SessionJudgement, choice: PromptChoice): void;
}

interface Watcher {
  look(moment: Exclude<keyof SessionWatcher, "ended">, session: Session): Promise<void>;
}

export interface SessionPlan {
  readonly count: number;
  /** How many of them have been played before. Default 0. */
  readonly played?: number;
  /** Ids are the prefix and 001, 002, … */
  readonly prefix: string;
  /** Before a replica is asked about a session that another one was asked about first. */
  readonly beforeReader?: (replica: Replica) => Promise<void>;
}

/**
 * What the ids of sessions begin with: the user's choice, else one that no earlier run has used.
 * @param of tells the sessions of one check from those of the others, e.g. `race-`. They must not be pinned yet, and of a
 *   prefix that the user has fixed an earlier run may have left pins: they get a part that is new each time
 */
export function sessionPrefix({ sessionPrefix: fixed }: Pick<VerifyOptions, "sessionPrefix">, of = ""): string {
  const unique = `${randomBytes(4).toString("hex")}-`;
  if (fixed === undefined) return `${unique}${of}`;
  return of === "" ? fixed : `${fixed}${of}${unique}`;
}

export function newSession({ count, prefix }: SessionPlan, index: number): Session {
  const digits = Math.max(3, String(count).length);
  return {
    index,
    id: `${prefix}${String(index + 1).padStart(digits, "0")}`,
    exchanges: [],
    continued: false,
    pinnedUntil: Number.POSITIVE_INFINITY,
  };
}

/** What is kept of a session that has ended: its line of the report. A run may have hundreds of thousands. */
export interface SessionRecord extends SessionReport {
  route: string | null;
  ttlSeconds: number | null;
}

export function recordOf({ id, exchanges }: Session, verdict: Verdict): SessionRecord {
  const models = exchanges.map(({ answer }) => (answer.kind === "model" ? answer.model : null));
  const replicas = exchanges.map(({ replica }) => replica.name);
  return { id, verdict, model: models[0] ?? null, route: null, models, replicas, ttlSeconds: null };
}

/**
 * Plays all sessions, several at a time, the rounds of each one after another. A session ends at a failed request.
 * @param onEnded is given each session that was begun
 */
export async function playSessions(
  run: RunContext,
  plan: SessionPlan,
  choice: PromptChoice,
  watchers: readonly Watcher[],
  onEnded: (session: Session) => void,
): Promise<void> {
  const { options, replicas, signal } = run;
  const phase = `sessions: ${plan.count} × ${options.rounds} rounds`;
  let done = plan.played ?? 0;
  run.progress({ phase, done, total: plan.count });

  await forEachConcurrently([...Array(plan.count).keys()].slice(done), options.concurrency, signal, async (index) => {
    const session = newSession(plan, index);
    await play(session);
    onEnded(session);
    run.progress({ phase, done: ++done, total: plan.count });
  });

  async function play(session: Session): Promise<void> {
    const { writer, readers } = itinerary(session.index, replicas.length, options.rounds);
    const ask = async (replica: number, prompt: string): Promise<void> => {
      const question = { replica: replicas[replica] as Replica, prompt, session: session.id, round: session.exchanges.length };
      session.exchanges.push(await run.asker.ask(question));
    };
    const tell: Watcher["look"] = async (...args) => {
      for (const watcher of watchers) await watcher.look(...args);
    };
    await tell("starting", session);
    await ask(writer, choice.first(session.index));
    const pinned = pinnedModel(session);
    if (pinned === undefined) return;
    if (!session.continued) {
      session.pinnedUntil = (session.exchanges[0]?.sentAt ?? 0) + options.ttlSeconds * 1000;
    }
    await tell("firstAnswered", session);

    for (const [k, reader] of readers.entries()) {
      if (signal.aborted) return;
      if (readers.indexOf(reader) === k) await plan.beforeReader?.(replicas[reader] as Replica);
      if (k === readers.length - 1) await tell("lastRoundStarting", session);
      await ask(reader, choice.followUp(session.index, k + 1, pinned));
      if (session.exchanges.at(-1)?.answer.kind === "failure") return;
    }
    // An older pin may have run out in between. The pin that came after it is the first replica's, too.
    if (!run.freshnessKnown && !signal.aborted && changesOfModel(session) === 1) {
      const latest = modelsOf(session).at(-1) ?? pinned;
      await ask(writer, choice.followUp(session.index, readers.length + 1, latest));
    }
  }
}
