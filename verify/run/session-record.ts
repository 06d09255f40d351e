import { pinnedModel, type Session } from "../history";
import type { SessionReport, Verdict } from "../report/report";

/** What is kept of a session that has ended: its line of the report. A run may have hundreds of thousands. */
export interface SessionRecord extends SessionReport {
  route: string | null;
  ttlSeconds: number | null;
}

/** Makes records that share their lists, of which a run has many and few different ones. */
export class SessionRecorder {
  readonly #lists = new Map<string, readonly (string | null)[]>();

  record(session: Session, verdict: Verdict): SessionRecord {
    const models = session.exchanges.map(({ answer }) => (answer.kind === "model" ? answer.model : null));
    return {
      id: session.id,
      verdict,
      model: pinnedModel(session) ?? null,
      route: null,
      models: this.#shared(models),
      replicas: this.#shared(session.exchanges.map(({ replica }) => replica.name)),
      ttlSeconds: null,
    };
  }

  #shared<T extends string | null>(list: readonly T[]): readonly T[] {
    const key = JSON.stringify(list);
    const known = this.#lists.get(key);
    if (known !== undefined) return known as readonly T[];
    this.#lists.set(key, list);
    return list;
  }
}
