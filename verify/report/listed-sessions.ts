import type { Report, SessionReport, Verdict } from "./report";

/** How many sessions a report for people or CI servers lists; a run may have hundreds of thousands. */
export interface ListLimits {
  /** Sessions that failed or are unknown. */
  readonly notable: number;
  /** Sessions that passed. */
  readonly others: number;
}

/** The sessions that a report lists, and how many it leaves out. */
export interface ListedSessions {
  /** Failed ones first, then unknown ones, then the others; each group in the report's order. */
  readonly sessions: readonly SessionReport[];
  readonly leftOut: Readonly<Record<Verdict, number>>;
}

/** Pure: chooses the sessions that are worth listing. */
export function listSessions({ sessions }: Pick<Report, "sessions">, { notable, others }: ListLimits): ListedSessions {
  const of = (wanted: Verdict, limit: number): readonly [SessionReport[], number] => {
    const all = sessions.filter(({ verdict }) => verdict === wanted);
    return [all.slice(0, limit), Math.max(0, all.length - limit)];
  };
  const [failed, moreFailed] = of("fail", notable);
  const [unknown, moreUnknown] = of("unknown", notable - failed.length);
  const [passed, morePassed] = of("pass", others);
  return {
    sessions: [...failed, ...unknown, ...passed],
    leftOut: { fail: moreFailed, unknown: moreUnknown, pass: morePassed },
  };
}

/** What is left out, in words; undefined when nothing is. */
export function leftOutInWords({ sessions, leftOut }: ListedSessions): string | undefined {
  const { fail, unknown, pass } = leftOut;
  const count = fail + unknown + pass;
  if (count === 0) return undefined;
  const kinds = [`${fail} failed`, `${unknown} unknown`, `${pass} passed`].filter((kind) => !kind.startsWith("0 "));
  return `${count} of ${count + sessions.length} sessions are not listed here: ${kinds.join(", ")}`;
}

/** A run of equal answers of one replica, within a session. */
export interface Step {
  readonly replica: string;
  /** Null: there was no answer. */
  readonly model: string | null;
  /** Number of the first request, from 1. */
  readonly round: number;
  readonly times: number;
}

/** Pure: the requests of a session in order, equal ones that follow one another as one step. */
export function stepsOf({ replicas, models }: Pick<SessionReport, "replicas" | "models">): Step[] {
  const steps: { replica: string; model: string | null; round: number; times: number }[] = [];
  replicas.forEach((replica, i) => {
    const model = models[i] ?? null;
    const last = steps.at(-1);
    if (last !== undefined && last.replica === replica && last.model === model) last.times++;
    else steps.push({ replica, model, round: i + 1, times: 1 });
  });
  return steps;
}

/** Pure: what kept a session from passing, as far as its answers tell; undefined when it passed. */
export function problemOf(session: SessionReport, trial: string | undefined): string | undefined {
  if (session.verdict === "pass") return undefined;
  if (trial !== undefined) return `see the check ${trial}`;
  const [first, ...later] = stepsOf(session);
  if (first === undefined) return "it was not played";
  const silent = [first, ...later].find(({ model }) => model === null);
  const other = later.find(({ model }) => model !== null && model !== first.model);
  if (session.verdict === "fail" && first.model !== null && other !== undefined) {
    return (
      `${other.replica} answered ${other.model} in round ${other.round}, ` +
      `although ${first.replica} had answered ${first.model} in round 1`
    );
  }
  if (silent !== undefined) return `round ${silent.round} was not answered by ${silent.replica}`;
  return "its answers alone do not tell why: see the checks";
}

/**
 * Pure: tells the sessions that a check played on its own, which a report lists after those that all checks share. The
 * ids of the shared ones differ in their number only.
 * @returns the id of the check that played a session; undefined for a shared one
 */
export function trialsOf({
  sessions,
  checks,
}: Pick<Report, "sessions" | "checks">): (session: SessionReport) => string | undefined {
  const withoutNumber = (id: string): string => id.replace(/\d+$/, "");
  const shared = sessions[0] === undefined ? "" : withoutNumber(sessions[0].id);
  const known = new Map<string, string | undefined>();
  return ({ id }) => {
    const prefix = withoutNumber(id);
    if (prefix === shared) return undefined;
    if (!known.has(prefix)) known.set(prefix, checks.find((check) => prefix.endsWith(`${check.id}-`))?.id);
    return known.get(prefix);
  };
}

/**
 * Pure: names of sessions that stay the same from run to run, although ids begin with a part of the run's own:
 * `session 001`, `race 001`. CI servers know a test again by its name.
 */
export function stableNames(
  sessions: readonly SessionReport[],
  trialOf: (session: SessionReport) => string | undefined,
): readonly string[] {
  const taken = new Set<string>();
  return sessions.map((session) => {
    const number = /\d+$/.exec(session.id)?.[0] ?? session.id;
    const short = `${trialOf(session) ?? "session"} ${number}`;
    const name = taken.has(short) ? `${short} (${session.id})` : short;
    taken.add(name);
    return name;
  });
}
