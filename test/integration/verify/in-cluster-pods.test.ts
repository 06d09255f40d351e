import assert from "node:assert/strict";
import { FakeJobCluster } from "./fake-job-cluster";
import { impatient, patient, programOf, run, waiting, type RunWishes } from "./in-cluster-run";

/** Waits long for everything but this. */
function patienceFor(cause: keyof typeof impatient): typeof impatient {
  return { pod: 30_000, scheduling: 30_000, container: 30_000, start: 30_000, [cause]: impatient[cause] };
}

describe("--in-cluster=apply, where the pod does not do well", function () {
  this.timeout(20_000);

  it("is unknown, in the kubelet's words, when the image cannot be pulled, and removes everything", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.fate = waiting("ImagePullBackOff", 'Back-off pulling image "example/node:22"');
    const { report, progress } = await run(cluster, { patience: patienceFor("container") });
    const words = 'ImagePullBackOff: Back-off pulling image "example/node:22"';
    const remedy = "--image names another image with Node.js 20 or newer";
    assert.deepEqual([report.verdict, report.reason], ["unknown", `the Job's pod does not start: ${words}; ${remedy}`]);
    assert.ok(progress.includes(`waiting for the Job's pod: ${words}`));
    const checks = report.checks.map(({ id, verdict }) => `${id} ${verdict}`);
    assert.deepEqual(checks, ["control unknown", "pinning unknown", "redis unknown", "traces unknown"]);
    assert.equal(cluster.objects.size, 0);
  });

  const message = "0/1 nodes are available: 1 Insufficient cpu.";
  const unscheduled = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
  const forbidden = 'pods "x" is forbidden: exceeded quota: pods=4';
  const cases: readonly [name: string, reason: string, wishes: RunWishes, set?: (cluster: FakeJobCluster) => void][] = [
    [
      "no node takes the pod",
      `the Job's pod does not start: Unschedulable: ${message}`,
      { patience: patienceFor("scheduling") },
      (cluster) => (cluster.fate = { phase: "Pending", conditions: [unscheduled] }),
    ],
    [
      "the Job gets no pod, in the words of an event",
      `the Job's pod does not start: FailedCreate: ${forbidden}`,
      { patience: patienceFor("pod") },
      (cluster) => {
        cluster.fate = undefined;
        cluster.warnings.push(forbidden);
      },
    ],
    [
      "the Job has no pod and events may not be read",
      "the Job's pod does not start: the Job has no pod",
      { patience: impatient },
      (cluster) => {
        cluster.fate = undefined;
        cluster.forbidden.push("GET /api/v1/namespaces/plano-demo/events");
      },
    ],
    [
      "the program ends without a report, with its last words",
      "the Job ended without a report (exit code 3); its last words: sessions: 4 × 4 rounds / --namespace: nonsense",
      { program: programOf(`process.stderr.write("--namespace: nonsense\\n"); process.exitCode = 3;`) },
    ],
    [
      "the program is killed before its report is out",
      "the Job ended without a report (exit code 137, OOMKilled); its last words: sessions: 4 × 4 rounds",
      { program: programOf(`write({}); process.kill(process.pid, "SIGKILL");`) },
    ],
  ];
  for (const [name, reason, wishes, set] of cases) {
    it(`is unknown when ${name}`, async () => {
      await using cluster = await FakeJobCluster.start();
      set?.(cluster);
      assert.equal((await run(cluster, wishes)).report.reason, reason);
      assert.equal(cluster.objects.size, 0);
    });
  }

  it("is unknown when the pod is taken away, with what the Job says of it", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.failed = { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
    const onProgress = (phase: string): void => void (phase === "waiting" && cluster.evict());
    const { report } = await run(cluster, { program: patient, onProgress });
    assert.equal(report.reason, "its pod is gone: DeadlineExceeded: Job was active longer than specified deadline");
    assert.equal(cluster.objects.size, 0);
  });
});
