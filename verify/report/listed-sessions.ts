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
