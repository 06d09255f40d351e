import { defaultOptions } from "../../../verify";
import { runInCluster } from "../../../verify/in-cluster";
import { patience, type Patience } from "../../../verify/in-cluster/job-pod";
import type { Program } from "../../../verify/in-cluster/program";
import { reportOf } from "../../../verify/testing/sample-reports";
import type { FakeJobCluster } from "./fake-job-cluster";
import { assertFitsSchema } from "./report-schema";

/** A report that is a pass. */
const report = reportOf({ sessions: [] });

/** Stands in for the verifier: tells progress, and reports what `body` decides. */
export function programOf(body: string): Program {
  const source = `
const report = ${JSON.stringify(report)};
const write = (more) => process.stdout.write(JSON.stringify({ ...report, ...more }, null, 2) + "\\n");
process.stderr.write("sessions: 4 × 4 rounds\\n");
${body}`;
  return { entry: "main.mjs", files: { "main.mjs": source } };
}

const healthy = programOf("write({});");

/** Says that it is up, and reports what it has seen only when it is asked to end. */
export const patient = programOf(`
const timer = setInterval(() => undefined, 1000);
process.once("SIGTERM", () => {
  clearInterval(timer);
  write({ verdict: "unknown", reason: "interrupted", requests: { total: 7, failed: 0, p50Ms: 1, p99Ms: 1 } });
});
process.stderr.write("waiting\\n");`);

/** What differs from a healthy run. */
export interface RunWishes {
  readonly program?: Program;
  readonly signal?: AbortSignal;
  /** A cause of waiting that is given up almost at once. */
  readonly impatientWith?: keyof Patience;
  readonly onProgress?: (phase: string) => unknown;
}

/** Runs a program as a Job of the fake cluster; run names in the progress become NAME. */
export async function run(cluster: FakeJobCluster, { program = healthy, signal, impatientWith, onProgress }: RunWishes = {}) {
  const progress: string[] = [];
  const hasty = impatientWith === undefined ? patience : { ...patience, [impatientWith]: 40 };
  const target = { ...defaultOptions.target, kubeconfig: cluster.kubeconfig() };
  const outcome = await runInCluster(
    { ...defaultOptions, target, signal },
    program,
    "example/node:22",
    ({ phase }) => {
      progress.push(phase);
      onProgress?.(phase);
    },
    { intervalMs: 10, graceMs: 30_000, patience: hasty },
  );
  assertFitsSchema(JSON.parse(JSON.stringify(outcome.report)));
  return { ...outcome, progress: progress.map((phase) => phase.replaceAll(/plano-affinity-verify-[0-9a-f]{8}/g, "NAME")) };
}
