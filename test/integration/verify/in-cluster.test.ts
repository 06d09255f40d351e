import assert from "node:assert/strict";
import { defaultOptions } from "../../../verify";
import { runInCluster } from "../../../verify/in-cluster";
import { FakeJobCluster } from "./fake-job-cluster";
import { healthy, programOf, run } from "./in-cluster-run";

describe("--in-cluster=apply", function () {
  this.timeout(20_000);

  it("runs the program in a Job, shows its progress, brings its report home and removes everything", async () => {
    await using cluster = await FakeJobCluster.start();
    const outcome = await run(cluster);
    assert.deepEqual([outcome.report.verdict, outcome.leftover], ["pass", undefined]);
    assert.equal(outcome.report.replicas[0]?.url, "http://10.1.0.2:12000");
    assert.equal(outcome.report.target, "kubernetes namespace plano-demo, selector app=plano, from inside the cluster");
    assert.deepEqual(outcome.progress, [
      "creating Job NAME in namespace plano-demo",
      "sessions: 4 × 4 rounds",
      "removing the Job",
    ]);
    assert.equal(cluster.objects.size, 0);
    assert.deepEqual(
      cluster.made.map(({ kind }) => kind),
      ["Job", "ServiceAccount", "Role", "RoleBinding", "ConfigMap"],
    );
  });

  it("makes the Job own everything else, and gives it a pod only then", async () => {
    await using cluster = await FakeJobCluster.start();
    await run(cluster);
    const [job, ...others] = cluster.made;
    assert.equal((job as { spec: { suspend: boolean } }).spec.suspend, true);
    for (const { kind, metadata } of others) {
      assert.deepEqual(
        metadata?.ownerReferences,
        [{ apiVersion: "batch/v1", kind: "Job", name: job?.metadata?.name, uid: "uid-0" }],
        kind,
      );
    }
    const changes = cluster.requests.filter((request) => !request.startsWith("GET")).map((request) => request.split(" ")[0]);
    assert.match(changes.join(" "), /^(POST ){5}PATCH( DELETE){5}$/);
  });

  it("hands prompts to the program as a file", async () => {
    await using cluster = await FakeJobCluster.start();
    const program = programOf(`
const args = process.argv.slice(2);
write({ verdict: "unknown", reason: readFileSync(args.find((arg) => arg.startsWith("--prompts=")).slice(10), "utf8") });`);
    const outcome = await run(cluster, { program, options: { prompts: ["quick – schnell", "deep"] } });
    assert.equal(outcome.report.reason, "quick – schnell\ndeep\n");
  });

  it("sends a program that takes several ConfigMaps", async () => {
    await using cluster = await FakeJobCluster.start();
    // Random digits: they do not pack.
    const filler = Array.from({ length: 40_000 }, () => Math.random().toString(36).slice(2)).join("");
    const program = { ...healthy, files: { ...healthy.files, "filler.mjs": `export const filler = "${filler}";` } };
    assert.equal((await run(cluster, { program })).report.verdict, "pass");
    assert.ok(cluster.made.filter(({ kind }) => kind === "ConfigMap").length >= 2);
  });

  it("reads a log again that broke off, and shows no line of progress twice", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.breakLogs = 2;
    const program = programOf(`setTimeout(() => { process.stderr.write("later\\n"); write({}); }, 150);`);
    const { report: brought, progress } = await run(cluster, { program });
    assert.equal(brought.verdict, "pass");
    assert.deepEqual(progress.slice(1, -1), ["sessions: 4 × 4 rounds", "later"]);
    assert.ok(cluster.requests.filter((request) => request.includes("/log?")).length >= 3);
  });

  it("refuses a context that the kubeconfig does not have", async () => {
    await using cluster = await FakeJobCluster.start();
    const target = { ...defaultOptions.target, kubeconfig: cluster.kubeconfig(), context: "other" };
    await assert.rejects(runInCluster({ ...defaultOptions, target }, healthy, "node"), {
      name: "UsageError",
      message: '--context: there is no context "other" in the kubeconfig; choose from fake',
    });
    assert.deepEqual(cluster.requests, []);
  });

  it("sends the kubeconfig's token, and tells it nobody", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("POST ");
    const outcome = await run(cluster);
    assert.equal(outcome.report.verdict, "unknown");
    assert.ok(!JSON.stringify([outcome, cluster.made]).includes("t0p-secret"));
  });
});
