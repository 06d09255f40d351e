import type { CheckId } from "../check-ids";
import type { Finding } from "../report/report";
import type { RunContext } from "./context";
import type { SessionWatcher } from "./play-sessions";
import type { PromptChoice } from "./plan";
import type { SessionRecord } from "./session-record";
import type { Survey } from "./survey";

/** What all checks judge by. */
export interface Played {
  readonly survey: Survey;
  readonly choice: PromptChoice;
  /** By their index. */
  readonly sessions: readonly SessionRecord[];
}

/** A check that is under way: it may watch the sessions being played, and then concludes. */
export interface RunningCheck extends SessionWatcher, Partial<AsyncDisposable> {
  /** @throws Unmeasurable when it cannot tell: the check is then `unknown` */
  conclude(played: Played): Promise<Finding>;
}

/**
 * One kind of evidence. It watches the sessions that all checks share, or sends requests of its own when it concludes.
 * Evidence in a shape that report/evidence.ts knows is drawn in the HTML report, whichever check it comes from.
 */
export interface Check {
  readonly id: CheckId;
  /** What it shows: its heading in the HTML report. */
  readonly title: string;
  /** It takes part in every run; where it was not asked for, it is reported only if it fails. */
  readonly alwaysBegun?: true;
  /**
   * Opens what the check needs, before the first session.
   * @throws Unmeasurable when that is not available: the check is then `unknown`
   */
  begin(run: RunContext): Promise<RunningCheck>;
}
