import type { Clock } from "../common/clock";
import type { Progress } from "../common/progress";
import type { Replica } from "../history";
import type { VerifyOptions } from "../options";
import type { ConnectedTarget } from "../targets/target";
import type { Asker } from "./asker";

export interface RunContext {
  readonly options: VerifyOptions;
  readonly target: ConnectedTarget;
  readonly replicas: readonly Replica[];
  readonly prompts: readonly string[];
  readonly asker: Asker;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Whether each session's `continued` can be relied on. A check that looks before the first request sets it. */
  freshnessKnown: boolean;
}
