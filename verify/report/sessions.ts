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

/** Pure: whether a session is one that all checks share. Those come first; the ids of the others differ in more than their number. */
function isShared(sessions: Report["sessions"]): (session: SessionReport) => boolean {
  const prefixOf = ({ id }: SessionReport): string => id.replace(/\d+$/, "");
  const [first] = sessions;
  return (session) => first !== undefined && prefixOf(session) === prefixOf(first);
}

/** Pure: what the checks say of why a session did not pass, in one sentence; undefined when it passed. */
export function problemsOf({ checks }: Pick<Report, "checks">) {
  const reasons = new Map(checks.flatMap(({ evidence }) => reasonsIn(evidence)));
  return ({ id, verdict }: SessionReport): string | undefined =>
    verdict === "pass" ? undefined : (reasons.get(id) ?? "see the checks");
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

/**
 * Pure: the first sessions, as a run may have hundreds of thousands: failed ones first, then unknown ones, each group in the
 * report's order.
 * @returns also how many are left out, in words; none when none are
 */
export function listSessions(all: Report["sessions"], most: number) {
  const order: readonly Verdict[] = ["fail", "unknown", "pass"];
  const sessions = order.flatMap((wanted) => all.filter(({ verdict }) => verdict === wanted)).slice(0, most);
  const left = all.length - sessions.length;
  return { sessions, note: left === 0 ? undefined : `${left} of ${all.length} sessions are not listed here` };
}

/** What one replica answered to sessions that another had been asked first. */
export type Reads = Record<"agreed" | "differed" | "unanswered", number>;

/** Pure. The sessions of `race` and the like are not counted: several replicas are asked first there. */
export function readMatrix(report: Pick<Report, "replicas" | "sessions">) {
  const shared = isShared(report.sessions);
  /** Replicas of the report, then others that sessions name. */
  const names = new Set(report.replicas.map(({ name }) => name));
  const byWriter = new Map<string, Map<string, Reads>>();
  let sessions = 0;
  for (const session of report.sessions) {
    const [writer, ...readers] = session.replicas;
    const [pinned = null, ...answers] = session.models;
    if (writer === undefined || pinned === null || !shared(session)) continue;
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

/** Names without the part up to the last dash that all of `names` share, as pods of one Deployment do. */
export function shortNames(names: readonly string[]): (name: string) => string {
  const [first, ...others] = names;
  if (first === undefined || others.length === 0) return (name) => name;
  let shared = 0;
  while (shared < first.length && others.every((name) => name[shared] === first[shared])) shared++;
  const cut = first.lastIndexOf("-", shared - 1) + 1;
  const prefix = first.slice(0, cut);
  return (name) => (name.startsWith(prefix) && cut < name.length ? name.slice(cut) : name);
}
