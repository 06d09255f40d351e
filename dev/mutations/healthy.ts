import { defaultOptions, verify } from "../../verify";
import { defaultPrompts } from "../../verify/prompts";
import { atOnce } from "./at-once";
import type { Scene } from "./scene";

/** How often a healthy deployment of a size is verified. */
export interface HealthyRuns {
  readonly replicas: number;
  readonly runs: number;
  /** Sessions of each run; as many as it takes to cover every ordered pair. */
  readonly sessions: number;
}

/** 200 runs for the usual deployment, and some for larger ones. */
export const healthyRuns: readonly HealthyRuns[] = [
  { replicas: 2, runs: 200, sessions: 4 },
  { replicas: 3, runs: 12, sessions: 6 },
  { replicas: 5, runs: 6, sessions: 10 },
];

/** Three prompts for each model: most requests of a small run are the control's, which are the same in every run. */
const prompts = defaultPrompts.slice(0, 6);

/** Runs at the same time: most of a run's time is waiting for spans, and what overlaps finds more than what does not. */
const concurrentRuns = 12;

/**
 * Verifies one healthy deployment many times, with every check that is run by default.
 *
 * @returns what the runs that were not a pass said, in words; empty when all were
 */
export async function playHealthy(
  scene: Scene,
  { replicas, runs, sessions }: HealthyRuns,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  await using deployment = await scene.deploy({ replicas });
  const others: string[] = [];
  await atOnce(concurrentRuns, Array.from({ length: runs }), async () => {
    const { verdict, reason } = await verify({ ...defaultOptions, prompts, sessions, target: deployment.target, signal });
    if (verdict !== "pass") others.push(`${verdict}: ${reason}`);
  });
  return others;
}
