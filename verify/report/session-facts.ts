import type { CheckReport, Json, Report, SessionReport } from "./report";

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
    if (last?.replica === replica && last.model === model) last.times++;
    else steps.push({ replica, model, round: i + 1, times: 1 });
  });
  return steps;
}

/** What is known of the sessions of a report besides their answers. */
export interface SessionFacts {
  /** The check that played the session on its own; undefined for a session that all checks share. */
  readonly trialOf: (session: SessionReport) => string | undefined;
  /** What kept a session from passing, in one sentence; undefined when it passed. */
  readonly problemOf: (session: SessionReport) => string | undefined;
}

/**
 * Pure. The sessions of a trial are listed after those that all checks share, whose ids differ in their number only.
 * Theirs have the check's id before the number, with a part that is unique to the run where the user fixed a prefix.
 */
export function factsOf({ sessions, checks }: Pick<Report, "sessions" | "checks">): SessionFacts {
  const withoutNumber = (id: string): string => id.replace(/\d+$/, "");
  const shared = sessions[0] === undefined ? "" : withoutNumber(sessions[0].id);
  const known = new Map<string, string | undefined>();
  const trialOf = ({ id }: SessionReport): string | undefined => {
    const prefix = withoutNumber(id);
    if (prefix === shared) return undefined;
    if (!known.has(prefix)) known.set(prefix, checkIn(prefix, checks));
    return known.get(prefix);
  };
  const reasons = new Map(checks.flatMap(({ evidence }) => reasonsIn(evidence)));
  const problemOf = (session: SessionReport): string | undefined => {
    if (session.verdict === "pass") return undefined;
    const trial = trialOf(session);
    return reasons.get(session.id) ?? (trial === undefined ? problemIn(session) : `see the check ${trial}`);
  };
  return { trialOf, problemOf };
}

function checkIn(prefix: string, checks: readonly CheckReport[]): string | undefined {
  const name = /([a-z]+)-(?:[0-9a-f]{6,8}-)?$/.exec(prefix)?.[1] ?? "";
  return checks.find(({ id }) => name.endsWith(id))?.id;
}

/** What checks say in their evidence of single sessions: `sessions[{id, why}]`, or `problems[{why: "<id>: …"}]`. */
function reasonsIn(evidence: CheckReport["evidence"]): (readonly [id: string, why: string])[] {
  const of = (key: string): readonly Json[] => (Array.isArray(evidence[key]) ? (evidence[key] as readonly Json[]) : []);
  const members = (value: Json): { readonly [key: string]: Json } =>
    value !== null && typeof value === "object" && !Array.isArray(value) ? (value as { readonly [key: string]: Json }) : {};
  return [
    ...of("sessions").flatMap((session): [string, string][] => {
      const { id, why } = members(session);
      return typeof id === "string" && typeof why === "string" ? [[id, why]] : [];
    }),
    ...of("problems").flatMap((problem): [string, string][] => {
      const { why } = members(problem);
      const [, id, rest] = typeof why === "string" ? (/^(\S+?):? (.+)$/s.exec(why) ?? []) : [];
      return id === undefined || rest === undefined ? [] : [[id, rest]];
    }),
  ];
}

/** What the answers of a session tell of what went wrong. */
function problemIn(session: SessionReport): string {
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
