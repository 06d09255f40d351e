import { defaultOptions } from "../../../verify";
import { runInCluster } from "../../../verify/in-cluster";
import type { JobOptions } from "../../../verify/in-cluster/job-options";
import type { Program } from "../../../verify/in-cluster/program";
import { reportOf } from "../../../verify/testing/sample-reports";
import { containerStatus, type FakeJobCluster } from "./fake-job-cluster";
import { assertFitsSchema } from "./report-schema";

/** A report that is a pass. */
const report = reportOf({ sessions: [] });

/** Stands in for the verifier: tells progress, and reports what `body` decides. */
export function programOf(body: string): Program {
  return {
    entry: "main.mjs",
    files: {
      "main.mjs": `import { report } from "./chunks/report.mjs";
import { readFileSync } from "node:fs";
const write = (more) => process.stdout.write(JSON.stringify({ ...report, ...more }, null, 2) + "\\n");
process.stderr.write("sessions: 4 × 4 rounds\\n");
${body}`,
      "chunks/report.mjs": `export /** A report that is a pass. */
const report = ${JSON.stringify(report)};`,
    },
  };
}

const healthy = programOf("write({});");

/** Says that it is up, and runs on. */
export const patient = programOf(`setInterval(() => undefined, 1000); process.stderr.write("waiting\\n");`);

/** What differs from a healthy run. */
export interface RunWishes {
  readonly program?: Program;
  readonly options?: Partial<JobOptions>;
  readonly signal?: AbortSignal;
  /** Default: more than any test takes. */
  readonly startMs?: number;
  readonly onProgress?: (phase: string) => unknown;
}

/** Runs a program as a Job of the fake cluster; run names in the progress become NAME. */
export async function run(
  cluster: FakeJobCluster,
  { program = healthy, options = {}, signal, startMs = 30_000, onProgress }: RunWishes = {},
) {
  const progress: string[] = [];
  const target = { ...defaultOptions.target, kubeconfig: cluster.kubeconfig() };
  const outcome = await runInCluster(
    { ...defaultOptions, target, signal, ...options },
    program,
    "example/node:22",
    ({ phase }) => {
      progress.push(phase);
      onProgress?.(phase);
    },
    { intervalMs: 10, graceMs: 30_000, startMs },
  );
  assertFitsSchema(JSON.parse(JSON.stringify(outcome.report)));
  return { ...outcome, progress: progress.map((phase) => phase.replaceAll(/plano-affinity-verify-[0-9a-f]{8}/g, "NAME")) };
}

/** A waiting container, as the kubelet tells of it. */
export function waiting(reason: string, message: string) {
  return { phase: "Pending", containerStatuses: [containerStatus({ waiting: { reason, message } })] };
}
