import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CheckReport, defaultOptions, type Report, sessionsNeeded } from "../../../verify";
import type { Bench } from "../bench";
import { Deployment } from "../deployment";
import { stamp } from "../machine";
import type { ReplicaGrowth, ReplicaPoint, Timed } from "../measurements";
import { rounded } from "../row";
import { type Finished, runInTurn, runProcess } from "../whole-process";

const rounds = 4;

/**
 * The verifier, Redis inspection included, with more and more stand-ins.
 *
 * @param detail is told what is being run
 * @throws Error when the verifier does not pass, or passes with a session too few
 */
export async function measureReplicas(bench: Bench, detail: (text: string) => void): Promise<ReplicaGrowth> {
  const { programs, scale, signal } = bench;
  const points: ReplicaPoint[] = [];
  let tooFew: ReplicaGrowth["tooFew"] | undefined;
  for (const replicas of scale.replicas) {
    detail(`${replicas} replicas`);
    await using deployment = await Deployment.start({ replicas });
    const pinning = (sessions: number, exitCode: number): Promise<CheckReport> =>
      pinningOf(bench, deployment, sessions, exitCode);
    const needed = sessionsNeeded(replicas, rounds);
    const sizes = { same: scale.replicaSessions, least: Math.max(defaultOptions.sessions, needed) };
    const covered = Object.keys((await pinning(sizes.same, 0)).evidence["adversarialReads"] ?? {}).length;
    const command = (sessions: number) => programs.verifier({ sessions, rounds }, deployment.urls, deployment.redisUrl);
    const { same, least } = await runInTurn({ same: command(sizes.same), least: command(sizes.least) }, scale.runs, signal);
    points.push({ replicas, covered, same: timed(sizes.same, same), least: timed(sizes.least, least) });
    if (replicas === scale.replicas.at(-1)) {
      const sessions = needed - 1;
      tooFew = { replicas, sessions, summary: (await pinning(sessions, 2)).summary };
    }
  }
  if (tooFew === undefined) throw new RangeError("no number of replicas was given");
  return { ...stamp(), rounds, points, tooFew };
}

function timed(sessions: number, runs: readonly Finished[]): Timed {
  return { sessions, seconds: runs.map((it) => rounded(it.seconds)) };
}

/** What the check `pinning` reports of a run, which is not timed. */
async function pinningOf(
  { programs, signal }: Bench,
  { urls, redisUrl }: Deployment,
  sessions: number,
  exitCode: number,
): Promise<CheckReport> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-bench-"));
  try {
    const file = join(folder, "report.json");
    await runProcess({ ...programs.verifier({ sessions, rounds }, urls, redisUrl, file), exitCode }, signal);
    const report = JSON.parse(await readFile(file, "utf8")) as Report;
    const pinning = report.checks.find(({ id }) => id === "pinning");
    if (pinning === undefined) throw new Error("the verifier's report has no check pinning");
    return pinning;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
