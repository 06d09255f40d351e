import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { FakeJobCluster } from "./fake-job-cluster";
import { patient, programOf, run, waiting, type RunWishes } from "./in-cluster-run";

describe("--in-cluster=apply", function () {
  this.timeout(20_000);

  it("runs the program in a Job, shows its progress, brings its report home and removes everything", async () => {
    await using cluster = await FakeJobCluster.start();
    const { report, leftover, progress } = await run(cluster);
    assert.deepEqual([report.verdict, leftover, report.replicas[0]?.url], ["pass", undefined, "http://10.244.0.5:12000"]);
    assert.equal(report.target, "kubernetes namespace plano-demo, selector app=plano, from inside the cluster");
    assert.deepEqual(progress, ["creating Job NAME in namespace plano-demo", "sessions: 4 × 4 rounds", "removing the Job"]);
    assert.equal(cluster.objects.size, 0);
  });

  it("makes the Job own everything else, and gives it a pod only then", async () => {
    await using cluster = await FakeJobCluster.start();
    await run(cluster);
    const [job, ...others] = cluster.made;
    assert.equal((job as { spec: { suspend: boolean } }).spec.suspend, true);
    const owner = { apiVersion: "batch/v1", kind: "Job", name: job?.metadata?.name, uid: "uid-0" };
    assert.deepEqual(
      others.map(({ kind, metadata }) => [kind, metadata?.ownerReferences]),
      ["ServiceAccount", "Role", "RoleBinding", "ConfigMap"].map((kind) => [kind, [owner]]),
    );
    const changes = cluster.requests.filter((request) => !request.startsWith("GET")).map((request) => request.split(" ")[0]);
    assert.match(changes.join(" "), /^(POST ){5}PATCH( DELETE){5}$/);
  });

  it("sends a program that takes several ConfigMaps, with the prompts as a file", async () => {
    await using cluster = await FakeJobCluster.start();
    const { entry, files } = programOf(`
const args = process.argv.slice(2);
write({ verdict: "unknown", reason: readFileSync(args.find((arg) => arg.startsWith("--prompts=")).slice(10), "utf8") });`);
    const program = { entry, files: { ...files, "filler.txt": randomBytes(200_000).toString("base64") } };
    const { report } = await run(cluster, { program, options: { prompts: ["quick – schnell", "deep"] } });
    assert.equal(report.reason, "quick – schnell\ndeep\n");
    assert.ok(cluster.made.filter(({ kind }) => kind === "ConfigMap").length >= 2);
  });

  it("reads a log again that broke off, and shows no line of progress twice", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.breakLogs = 2;
    const program = programOf(`setTimeout(() => { process.stderr.write("later\\n"); write({}); }, 150);`);
    const { report, progress } = await run(cluster, { program });
    assert.equal(report.verdict, "pass");
    assert.deepEqual(progress.slice(1, -1), ["sessions: 4 × 4 rounds", "later"]);
    assert.ok(cluster.requests.filter((request) => request.includes("/log?")).length >= 3);
  });

  it("sends the kubeconfig's token, and tells it nobody", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("POST ");
    const outcome = await run(cluster);
    assert.equal(outcome.report.verdict, "unknown");
    assert.ok(!JSON.stringify([outcome, cluster.made]).includes("t0p-secret"));
  });

  const forbidden = 'pods "x" is forbidden: exceeded quota: pods=4';
  const unpulled = 'Back-off pulling image "example/node:22"';
  const events = "/api/v1/namespaces/plano-demo/events";
  const unwell: readonly [name: string, reason: string, set: (cluster: FakeJobCluster) => RunWishes][] = [
    [
      "the image cannot be pulled, in the kubelet's words",
      `the Job's pod does not start: container verify waits: ImagePullBackOff: ${unpulled}; --image names another image with Node.js 20 or newer`,
      (cluster) => {
        cluster.fate = waiting("ImagePullBackOff", unpulled);
        return { startMs: 40 };
      },
    ],
    [
      "the Job gets no pod, in the words of an event",
      `the Job's pod does not start: FailedCreate: ${forbidden}`,
      (cluster) => {
        cluster.fate = undefined;
        cluster.answers.set(events, { items: [{ reason: "FailedCreate", message: forbidden }] });
        return { startMs: 40 };
      },
    ],
    [
      "the Job has no pod and events may not be read",
      "the Job's pod does not start: the Job has no pod",
      (cluster) => {
        cluster.fate = undefined;
        cluster.forbidden.push(`GET ${events}`);
        return { startMs: 40 };
      },
    ],
    [
      "the program ends without a report, with its last words",
      "the Job ended without a report (exit code 3); its last words: sessions: 4 × 4 rounds / --namespace: nonsense",
      () => ({ program: programOf(`process.stderr.write("--namespace: nonsense\\n"); process.exitCode = 3;`) }),
    ],
    [
      "the program is killed before its report is out",
      "the Job ended without a report (exit code 137, OOMKilled); its last words: sessions: 4 × 4 rounds",
      () => ({ program: programOf(`write({}); process.kill(process.pid, "SIGKILL");`) }),
    ],
    [
      "the pod is taken away, with what the Job says of it",
      "its pod is gone: DeadlineExceeded: Job was active longer than specified deadline",
      (cluster) => {
        cluster.failed = { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
        return { program: patient, onProgress: (phase) => phase === "waiting" && cluster.evict() };
      },
    ],
  ];
  for (const [name, reason, set] of unwell) {
    it(`is unknown when ${name}, and removes everything`, async () => {
      await using cluster = await FakeJobCluster.start();
      const { report } = await run(cluster, set(cluster));
      assert.equal(report.reason, reason);
      const checks = report.checks.map(({ id, verdict }) => `${id} ${verdict}`);
      assert.deepEqual(checks, ["control unknown", "pinning unknown", "redis unknown", "traces unknown"]);
      assert.equal(cluster.objects.size, 0);
    });
  }
});
