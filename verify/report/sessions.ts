import type { CheckReport, Json, Report, SessionReport, Verdict } from "./report";

export interface Step {
  readonly replica: string;
  readonly model: string | null;
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

/** How many sessions a report for people or CI servers lists; a run may have hundreds of thousands. */
export interface ListLimits {
  readonly notable: number;
  readonly others: number;
}

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

/** What one replica answered to sessions that another had been asked first. */
export interface Reads {
  readonly agreed: number;
  readonly differed: number;
  readonly unanswered: number;
}

export interface ReadMatrix {
  /** Replicas of the report, then others that sessions name. */
  readonly names: readonly string[];
  readonly sessions: number;
  /** Undefined: `reader` was never asked about a session of `writer`. */
  readonly reads: (writer: string, reader: string) => Reads | undefined;
}

type Counting<T> = { -readonly [key in keyof T]: T[key] };

/** Pure. The sessions of `race` and the like are not counted: several replicas are asked first there. */
export function readMatrix(report: Pick<Report, "replicas" | "sessions" | "checks">): ReadMatrix {
  const { trialOf } = factsOf(report);
  const names = new Set(report.replicas.map(({ name }) => name));
  const byWriter = new Map<string, Map<string, Counting<Reads>>>();
  let sessions = 0;
  for (const session of report.sessions) {
    const { replicas, models } = session;
    const [writer] = replicas;
    const pinned = models[0] ?? null;
    if (writer === undefined || pinned === null || trialOf(session) !== undefined) continue;
    sessions++;
    let row = byWriter.get(writer);
    if (row === undefined) byWriter.set(writer, (row = new Map<string, Counting<Reads>>()));
    for (let i = 0; i < replicas.length; i++) {
      const reader = replicas[i] as string;
      names.add(reader);
      if (i === 0) continue;
      let cell = row.get(reader);
      if (cell === undefined) row.set(reader, (cell = { agreed: 0, differed: 0, unanswered: 0 }));
      const model = models[i] ?? null;
      if (model === null) cell.unanswered++;
      else if (model === pinned) cell.agreed++;
      else cell.differed++;
    }
  }
  return { names: [...names], sessions, reads: (writer, reader) => byWriter.get(writer)?.get(reader) };
}

/** Models of the sessions' first answers with the number of sessions of each, the most frequent first. */
export function modelsOf(sessions: readonly SessionReport[]): readonly (readonly [model: string, sessions: number])[] {
  const counts = new Map<string, number>();
  for (const { model, models } of sessions) {
    if (model !== null) counts.set(model, (counts.get(model) ?? 0) + 1);
    for (const answered of models) if (answered !== null && !counts.has(answered)) counts.set(answered, 0);
  }
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

/**
 * Names without the part up to the last dash that all of `names` share, as pods of one Deployment do. Other names, such as
 * those of pods that came later, lose it too where they have it.
 */
export function shortNames(names: readonly string[]): (name: string) => string {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return (name) => name;
  let shared = 0;
  while (shared < first.length && others.every((name) => name[shared] === first[shared])) shared++;
  const cut = first.lastIndexOf("-", shared - 1) + 1;
  const prefix = first.slice(0, cut);
  return (name) => (name.startsWith(prefix) && cut < name.length ? name.slice(cut) : name);
}
