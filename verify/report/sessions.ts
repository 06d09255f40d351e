import type { CheckReport, Json, Report, SessionReport, Verdict } from "./report";

export interface Step {
  readonly replica: string;
  readonly model: string | null;
  readonly round: number;
  readonly times: number;
}

/** Pure: the requests of a session in order, equal ones that follow one another as one step. */
export function stepsOf({ replicas, models }: Pick<SessionReport, "replicas" | "models">): Step[] {
  const steps: (Omit<Step, "times"> & { times: number })[] = [];
  replicas.forEach((replica, i) => {
    const model = models[i] ?? null;
    const last = steps.at(-1);
    if (last?.replica === replica && last.model === model) last.times++;
    else steps.push({ replica, model, round: i + 1, times: 1 });
  });
  return steps;
}

/**
 * Pure. The sessions of a trial are listed after those that all checks share, whose ids differ in their number only.
 * Theirs have the check's id before the number, with a part that is unique to the run where the user fixed a prefix.
 */
export function factsOf({ sessions, checks }: Pick<Report, "sessions" | "checks">) {
  const withoutNumber = (id: string): string => id.replace(/\d+$/, "");
  const shared = sessions[0] === undefined ? "" : withoutNumber(sessions[0].id);
  /** The check that played the session on its own; undefined for a session that all checks share. */
  const trialOf = (session: SessionReport): string | undefined => {
    const prefix = withoutNumber(session.id);
    if (prefix === shared) return undefined;
    const name = /([a-z]+)-(?:[0-9a-f]{6,8}-)?$/.exec(prefix)?.[1] ?? "";
    return checks.find(({ id }) => name.endsWith(id))?.id;
  };
  const reasons = new Map(checks.flatMap(({ evidence }) => reasonsIn(evidence)));
  /** What kept a session from passing, in one sentence; undefined when it passed. */
  const problemOf = (session: SessionReport): string | undefined => {
    if (session.verdict === "pass") return undefined;
    const trial = trialOf(session);
    return reasons.get(session.id) ?? (trial === undefined ? problemIn(session) : `see the check ${trial}`);
  };
  return { trialOf, problemOf };
}

/** What checks say in their evidence of single sessions: `sessions[{id, why}]`, or `problems[{why: "<id>: …"}]`. */
function reasonsIn(evidence: CheckReport["evidence"]): (readonly [id: string, why: string])[] {
  type Told = { readonly id?: Json; readonly why?: Json } | null;
  const of = (key: string): readonly Told[] => (Array.isArray(evidence[key]) ? (evidence[key] as readonly Told[]) : []);
  const told = [
    ...of("sessions").map((it) => [it?.id, it?.why]),
    ...of("problems").map((it) => (typeof it?.why === "string" ? (/^(\S+?):? (.+)$/s.exec(it.why)?.slice(1) ?? []) : [])),
  ];
  return told.flatMap(([id, why]) => (typeof id === "string" && typeof why === "string" ? [[id, why]] : []));
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
 * Pure: the sessions that are worth listing, as a run may have hundreds of thousands: at most so many that failed or are
 * unknown, and so many others; failed ones first, then unknown ones, each group in the report's order.
 * @returns also what is left out, in numbers and in words; without words when nothing is
 */
export function listSessions(all: Report["sessions"], notable: number, others: number) {
  const sessions: SessionReport[] = [];
  const take = (wanted: Verdict, limit: number): number => {
    const found = all.filter(({ verdict }) => verdict === wanted);
    sessions.push(...found.slice(0, limit));
    return Math.max(0, found.length - limit);
  };
  const fail = take("fail", notable);
  const unknown = take("unknown", notable - sessions.length);
  const pass = take("pass", others);
  const kinds = [`${fail} failed`, `${unknown} unknown`, `${pass} passed`].filter((kind) => !kind.startsWith("0 "));
  const words = `${all.length - sessions.length} of ${all.length} sessions are not listed here: ${kinds.join(", ")}`;
  return { sessions, leftOut: { fail, unknown, pass }, note: kinds.length === 0 ? undefined : words };
}

/** What one replica answered to sessions that another had been asked first. */
export type Reads = Record<"agreed" | "differed" | "unanswered", number>;

/** Pure. The sessions of `race` and the like are not counted: several replicas are asked first there. */
export function readMatrix(report: Pick<Report, "replicas" | "sessions" | "checks">) {
  const { trialOf } = factsOf(report);
  /** Replicas of the report, then others that sessions name. */
  const names = new Set(report.replicas.map(({ name }) => name));
  const byWriter = new Map<string, Map<string, Reads>>();
  let sessions = 0;
  for (const session of report.sessions) {
    const [writer, ...readers] = session.replicas;
    const [pinned = null, ...answers] = session.models;
    if (writer === undefined || pinned === null || trialOf(session) !== undefined) continue;
    sessions++;
    names.add(writer);
    const row = byWriter.get(writer) ?? new Map<string, Reads>();
    byWriter.set(writer, row);
    for (const [i, reader] of readers.entries()) {
      names.add(reader);
      const cell = row.get(reader) ?? { agreed: 0, differed: 0, unanswered: 0 };
      row.set(reader, cell);
      cell[answers[i] === pinned ? "agreed" : (answers[i] ?? null) === null ? "unanswered" : "differed"]++;
    }
  }
  /** Undefined: `reader` was never asked about a session of `writer`. */
  const reads = (writer: string, reader: string): Readonly<Reads> | undefined => byWriter.get(writer)?.get(reader);
  return { names: [...names], sessions, reads };
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
