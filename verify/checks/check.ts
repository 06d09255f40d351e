import type { CheckId } from "../check-ids";
import type { Json, SessionReport, Verdict } from "../report/report";
import type { RunContext } from "../run/context";
import type { SessionWatcher } from "../run/play-sessions";
import type { PromptChoice } from "../run/plan";
import type { SessionRecord } from "../run/session-record";
import type { Survey } from "../run/survey";

/** What all checks judge by. */
export interface Played {
  readonly survey: Survey;
  readonly choice: PromptChoice;
  /** By their index. */
  readonly sessions: readonly SessionRecord[];
}

export interface Finding {
  readonly verdict: Verdict;
  /** One sentence. */
  readonly summary: string;
  readonly evidence: { readonly [key: string]: Json };
  /** Sessions of the check's own, for the report. */
  readonly sessions?: readonly SessionReport[];
}

/** A check that is under way: it may watch the sessions being played, and then concludes. */
export interface RunningCheck extends SessionWatcher, Partial<AsyncDisposable> {
  /** @throws Unmeasurable when it cannot tell: the check is then `unknown` */
  conclude(played: Played): Promise<Finding>;
}

/**
 * One kind of evidence. It watches the sessions that all checks share, or sends requests of its own when it concludes.
 * A new check is one file and one line in the registry (index.ts). */
export interface Check {
  readonly id: CheckId;
  /** It changes the deployment, so it concludes after the others. */
  readonly disruptive?: boolean;
  /**
   * Opens what the check needs, before the first session.
   * @throws Unmeasurable when that cannot be had: the check is then `unknown`
   */
  begin(run: RunContext): Promise<RunningCheck>;
}
