import type { Report, SessionReport } from "./report";
import { factsOf } from "./session-facts";

/** What one replica answered to sessions that another had been asked first. */
export interface Reads {
  readonly agreed: number;
  readonly differed: number;
  readonly unanswered: number;
}

/** Who was asked first and who was asked later, over all sessions that the checks share. */
export interface ReadMatrix {
  /** Replicas of the report, then others that sessions name. */
  readonly names: readonly string[];
  /** Sessions that are counted. */
  readonly sessions: number;
  /** Undefined: `reader` was never asked about a session of `writer`. */
  readonly reads: (writer: string, reader: string) => Reads | undefined;
}

/** What is still being counted. */
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
