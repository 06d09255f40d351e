import { forEachConcurrently } from "../common/pool";
import { pinnedModel, type Replica, type Session } from "../history";
import type { RunContext } from "./context";
import { itinerary, type PromptChoice } from "./plan";

/** Moments of a session at which a check may want to look; the session goes on when they have resolved. */
export interface SessionWatcher {
  /** Before the first request of any session. */
  sessionsStarting?(sessions: readonly Session[]): Promise<void>;
  /** The session's first request has been answered. */
  firstAnswered?(session: Session): Promise<void>;
  /** The session's last request is about to be sent. */
  lastRoundStarting?(session: Session): Promise<void>;
}

/** Sessions that have not been played yet, with ids PREFIX001, PREFIX002, … */
export function newSessions(count: number, prefix: string): Session[] {
  const digits = Math.max(3, String(count).length);
  return Array.from({ length: count }, (_, index) => ({
    index,
    id: `${prefix}${String(index + 1).padStart(digits, "0")}`,
    exchanges: [],
    continued: false,
    pinnedUntil: Number.POSITIVE_INFINITY,
    route: null,
    ttlSeconds: null,
  }));
}

/** Plays all sessions, several at a time, the rounds of each one after another. A session ends at a failed request. */
export async function playSessions(
  run: RunContext,
  sessions: readonly Session[],
  choice: PromptChoice,
  watchers: readonly SessionWatcher[],
): Promise<void> {
  const { options, replicas, signal } = run;
  const phase = `sessions: ${sessions.length} × ${options.rounds} rounds`;
  let done = 0;
  run.progress({ phase, done, total: sessions.length });
  for (const watcher of watchers) await watcher.sessionsStarting?.(sessions);

  await forEachConcurrently(sessions, options.concurrency, signal, async (session) => {
    const { writer, readers } = itinerary(session.index, replicas.length, options.rounds);
    const ask = async (replica: number, prompt: string): Promise<void> => {
      const question = { replica: replicas[replica] as Replica, prompt, session: session.id, round: session.exchanges.length };
      session.exchanges.push(await run.asker.ask(question));
    };
    await ask(writer, choice.first(session.index));
    const pinned = pinnedModel(session);
    if (pinned === undefined) return;
    if (!session.continued) {
      session.pinnedUntil = (session.exchanges[0]?.sentAt ?? 0) + options.ttlSeconds * 1000;
    }
    for (const watcher of watchers) await watcher.firstAnswered?.(session);

    for (const [k, reader] of readers.entries()) {
      if (signal.aborted) return;
      if (k === readers.length - 1) for (const watcher of watchers) await watcher.lastRoundStarting?.(session);
      const round = k + 1;
      await ask(reader, choice.followUp(session.index, round, pinned) ?? choice.first(session.index + round));
      if (session.exchanges.at(-1)?.answer.kind === "failure") return;
    }
    run.progress({ phase, done: ++done, total: sessions.length });
  });
}
