import type { Bench } from "../bench";
import { Deployment } from "../deployment";
import { stamp } from "../machine";
import type { SessionGrowth, SessionPoint } from "../measurements";
import { grouped, rounded } from "../row";
import { type Finished, runProcess } from "../whole-process";

const rounds = 2;

/** Runs of the verifier with that many sessions: those that take minutes are run once. */
function runsOf(sessions: number, most: number): number {
  return sessions <= 1_000 ? most : sessions <= 10_000 ? Math.min(3, most) : 1;
}

/**
 * The verifier, Redis inspection included, with more and more sessions on two stand-ins.
 *
 * @param detail is told what is being run
 * @throws Error when the verifier does not pass
 */
export async function measureSessions(
  { programs, scale, signal }: Bench,
  detail: (text: string) => void,
): Promise<SessionGrowth> {
  const points: SessionPoint[] = [];
  for (const sessions of scale.growth) {
    const finished: Finished[] = [];
    while (finished.length < runsOf(sessions, scale.runs)) {
      detail(`${grouped(sessions)} sessions`);
      // A Redis of its own for each run, so that none meets the pins of the one before.
      await using deployment = await Deployment.start();
      const command = programs.verifier({ sessions, rounds }, deployment.urls, deployment.redisUrl);
      finished.push(await runProcess(command, signal));
    }
    const [seconds, peakMib] = [finished.map((it) => rounded(it.seconds)), finished.map((it) => rounded(it.peakMib))];
    points.push({ sessions, seconds, peakMib });
  }
  return { ...stamp(), rounds, points };
}
