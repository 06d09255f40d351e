import { pinnedModel, type Session } from "../history";
import { answersAs, pinKey, readPin } from "../redis/pin";
import { RedisInspector, type Look } from "../redis/inspector";
import type { RunContext } from "../run/context";
import type { Check, Finding, RunningCheck } from "./check";

/** The pin is in Redis under the key of this version, names the model that was served, and ages as it should. */
export const redis: Check = {
  id: "redis",
  begin: async (run) => new RedisCheck(run, await RedisInspector.connect(await run.target.redisUrl())),
};

/** Sessions whose last read is held back until the pin is old enough for an extended life to show. */
const agedSessions = 8;

/** Age of a pin at which setting its life anew moves its end by far more than the bounds of a look are apart. */
const ageMs = 25;

/** One session as Redis had it. */
export interface Inspected {
  readonly session: Session;
  /** After the first answer; undefined when it was not read. */
  readonly early: Look | undefined;
  /** After the last round. */
  readonly late: Look;
}

class RedisCheck implements RunningCheck {
  readonly #run: RunContext;
  readonly #inspector: RedisInspector;
  readonly #early = new Map<Session, Look>();

  constructor(run: RunContext, inspector: RedisInspector) {
    this.#run = run;
    this.#inspector = inspector;
  }

  /** Ids with a fixed prefix may be pinned already; unique ones cannot be. */
  async sessionsStarting(sessions: readonly Session[]): Promise<void> {
    if (this.#run.options.sessionPrefix === undefined) return;
    const now = this.#run.clock.now();
    const looks = await this.#inspector.look(sessions.map((session) => this.#keyOf(session)));
    sessions.forEach((session, i) => {
      const look = looks[i];
      if (look === undefined || look.value === null) return;
      session.continued = true;
      if (look.pttl >= 0) session.pinnedUntil = now + look.pttl;
    });
    this.#run.freshnessKnown = true;
  }

  async firstAnswered(session: Session): Promise<void> {
    this.#early.set(session, await this.#inspector.lookSoon(this.#keyOf(session)));
  }

  async lastRoundStarting(session: Session): Promise<void> {
    if (session.index >= agedSessions) return;
    const age = this.#run.clock.now() - (session.exchanges[0]?.answeredAt ?? 0);
    if (age < ageMs) await this.#run.clock.sleep(ageMs - age, this.#run.signal);
  }

  async conclude({ sessions }: { readonly sessions: readonly Session[] }): Promise<Finding> {
    const played = sessions.filter((session) => pinnedModel(session) !== undefined);
    this.#run.progress({ phase: `redis: reading ${played.length} pins` });
    const looks = await this.#inspector.look(played.map((session) => this.#keyOf(session)));
    const now = this.#run.clock.now();
    const inspected = played.map((session, i) => ({ session, early: this.#early.get(session), late: looks[i] as Look }));
    for (const { session, late } of inspected) {
      session.route = late.value === null ? null : (readPin(late.value)?.route ?? null);
      session.ttlSeconds = late.pttl >= 0 ? Math.round(late.pttl) / 1000 : null;
    }
    return judgePins(inspected, { ...this.#run.options, now });
  }

  #keyOf(session: Session): string {
    return pinKey(session.id, this.#run.options.tenant?.value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inspector[Symbol.asyncDispose]();
  }
}

/** Pure: judges what was found in Redis. */
export function judgePins(
  inspected: readonly Inspected[],
  at: { readonly ttlSeconds: number; readonly tenant?: { readonly value: string }; readonly now: number },
): Finding {
  const problems: string[] = [];
  let expired = 0;
  let unextended = 0;
  for (const one of inspected) {
    if (one.late.value === null && at.now >= one.session.pinnedUntil) {
      expired++;
      continue;
    }
    const problem = pinProblem(one, at.ttlSeconds, pinKey(one.session.id, at.tenant?.value));
    if (problem !== undefined) problems.push(problem);
    else if (one.early !== undefined && one.early.pttl >= 0) unextended++;
  }
  const modelProblem = problems.length === 0 ? wrongModel(inspected) : undefined;
  if (modelProblem !== undefined) problems.push(modelProblem);

  const evidence = {
    inspected: inspected.length,
    expired,
    problems: problems.slice(0, 20),
    pins: inspected.slice(0, 20).map(({ session, late }) => ({
      key: pinKey(session.id, at.tenant?.value),
      value: late.value,
      pttlMs: late.pttl,
    })),
  };
  const found = (verdict: Finding["verdict"], summary: string): Finding => ({ verdict, summary, evidence });
  if (problems.length > 0) {
    return found("fail", `${problems[0]}${problems.length > 1 ? ` (and ${problems.length - 1} more)` : ""}`);
  }
  if (inspected.length === 0) return found("unknown", "no session was answered, so there was no pin to look for");
  if (expired * 2 > inspected.length) {
    return found("unknown", `${expired} of ${inspected.length} pins ran out before they were read: use fewer sessions`);
  }
  if (unextended === 0) return found("unknown", "no pin was there after its first answer, so its ageing was not seen");
  return found(
    "pass",
    `${inspected.length - expired} of ${inspected.length} pins: each names the model served, ends within ${at.ttlSeconds} s and is not extended by reads`,
  );
}

function pinProblem({ early, late }: Inspected, ttlSeconds: number, key: string): string | undefined {
  if (late.value === null) return `key ${key} does not exist`;
  if (readPin(late.value) === undefined) {
    return late.value === "" ? `key ${key} has an empty value` : `the value of key ${key} names no model`;
  }
  if (late.pttl === -1) return `key ${key} has no TTL, so its pin never runs out`;
  if (late.pttl > ttlSeconds * 1000 || (early !== undefined && early.pttl > ttlSeconds * 1000)) {
    const seconds = Math.round(Math.max(late.pttl, early?.pttl ?? 0) / 1000);
    return `key ${key} has a TTL of ${seconds} s, longer than the ${ttlSeconds} s expected (--ttl)`;
  }
  if (early === undefined || early.value === null || early.pttl < 0) return undefined;
  if (early.value !== late.value) return `the value of key ${key} changed while the session was pinned`;
  if (late.expiresFrom > early.expiresTo) {
    return `the TTL of key ${key} was extended by reads, by at least ${Math.round(late.expiresFrom - early.expiresTo)} ms`;
  }
  return undefined;
}

/**
 * A configured name and the name that its upstream answers with need not be alike (aliases, deployment names). Where
 * they are, they must be of one session; where not, they must at least belong together one to one, two or more times.
 */
function wrongModel(inspected: readonly Inspected[]): string | undefined {
  const pairs = new Map<string, { configured: string; served: string; session: string }>();
  for (const { session, late } of inspected) {
    const configured = late.value === null ? undefined : readPin(late.value)?.model;
    const served = pinnedModel(session);
    if (configured === undefined || served === undefined) continue;
    pairs.set(`${configured}\n${served}`, { configured, served, session: session.id });
  }
  const all = [...pairs.values()];
  const distinct = (key: "configured" | "served"): number => new Set(all.map((pair) => pair[key])).size;
  const oneToOne = all.length >= 2 && distinct("configured") === all.length && distinct("served") === all.length;
  const wrong = all.find(
    ({ configured, served }) =>
      !answersAs(configured, served) && !(oneToOne && !all.some((other) => answersAs(configured, other.served))),
  );
  if (wrong === undefined) return undefined;
  return `the pin of ${wrong.session} names ${wrong.configured}, but ${wrong.served} was served`;
}
