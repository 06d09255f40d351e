import assert from "node:assert/strict";
import { FakeJobCluster } from "./fake-job-cluster";
import { impatient, patient, programOf, run, waiting } from "./in-cluster-run";

describe("--in-cluster=apply, where the pod does not do well", function () {
  this.timeout(20_000);

  it("is unknown, in the kubelet's words, when the image cannot be had, and removes everything", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.fate = waiting("ImagePullBackOff", 'Back-off pulling image "example/node:22"');
    const outcome = await run(cluster, { patience: { ...impatient, pod: 30_000, scheduling: 30_000, start: 30_000 } });
    const words = 'ImagePullBackOff: Back-off pulling image "example/node:22"';
    assert.deepEqual(
      [outcome.report.verdict, outcome.report.reason],
      ["unknown", `the Job's pod does not start: ${words}; --image names another image with Node.js 20 or newer`],
    );
    assert.ok(outcome.progress.includes(`waiting for the Job's pod: ${words}`));
    assert.deepEqual(
      outcome.report.checks.map(({ id, verdict }) => `${id} ${verdict}`),
      ["control unknown", "pinning unknown", "redis unknown", "traces unknown"],
    );
    assert.equal(cluster.objects.size, 0);
  });

  it("is unknown when no node takes the pod", async () => {
    await using cluster = await FakeJobCluster.start();
    const message = "0/1 nodes are available: 1 Insufficient cpu.";
    cluster.fate = {
      phase: "Pending",
      conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
    };
    const outcome = await run(cluster, { patience: { ...impatient, pod: 30_000, container: 30_000, start: 30_000 } });
    assert.equal(outcome.report.reason, `the Job's pod does not start: Unschedulable: ${message}`);
    assert.equal(cluster.objects.size, 0);
  });

  it("is unknown, in the words of an event, when the Job gets no pod", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.fate = undefined;
    cluster.warnings.push('pods "x" is forbidden: exceeded quota: pods=4');
    const outcome = await run(cluster, { patience: { ...impatient, scheduling: 30_000, container: 30_000, start: 30_000 } });
    assert.equal(
      outcome.report.reason,
      'the Job\'s pod does not start: FailedCreate: pods "x" is forbidden: exceeded quota: pods=4',
    );
    assert.equal(cluster.objects.size, 0);
  });

  it("is unknown when the Job has no pod and events may not be read", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.fate = undefined;
    cluster.forbidden.push("GET /api/v1/namespaces/plano-demo/events");
    const outcome = await run(cluster, { patience: impatient });
    assert.equal(outcome.report.reason, "the Job's pod does not start: the Job has no pod");
  });

  it("is unknown, with its last words, when the program ends without a report", async () => {
    await using cluster = await FakeJobCluster.start();
    const program = programOf(`process.stderr.write("--namespace: nonsense\\n"); process.exitCode = 3;`);
    const outcome = await run(cluster, { program });
    assert.equal(
      outcome.report.reason,
      "the Job ended without a report (exit code 3); its last words: sessions: 4 × 4 rounds / --namespace: nonsense",
    );
    assert.equal(cluster.objects.size, 0);
  });

  it("is unknown when the program is killed before its report is out", async () => {
    await using cluster = await FakeJobCluster.start();
    const program = programOf(`write({}); process.kill(process.pid, "SIGKILL");`);
    const outcome = await run(cluster, { program });
    assert.equal(
      outcome.report.reason,
      "the Job ended without a report (exit code 137, OOMKilled); its last words: sessions: 4 × 4 rounds",
    );
  });

  it("is unknown when the pod is taken away, with what the Job says of it", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.failed = { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
    const outcome = await run(cluster, {
      program: patient,
      onProgress: (phase) => {
        if (phase === "waiting") cluster.evict();
      },
    });
    assert.equal(outcome.report.reason, "its pod is gone: DeadlineExceeded: Job was active longer than specified deadline");
    assert.equal(cluster.objects.size, 0);
  });
});
