import assert from "node:assert/strict";
import { defaultOptions } from "../../../verify";
import { runInCluster } from "../../../verify/in-cluster";
import { FakeJobCluster } from "./fake-job-cluster";
import { healthy, programOf, run, waiting } from "./in-cluster-run";

describe("--in-cluster=apply, interrupted or refused", function () {
  this.timeout(20_000);

  it("names the missing right, and removes what was made before it was missed", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("POST /apis/rbac.authorization.k8s.io/v1/namespaces/plano-demo/roles");
    const outcome = await run(cluster);
    assert.match(
      outcome.report.reason ?? "",
      /^cannot create Role plano-affinity-verify-[0-9a-f]{8} in namespace plano-demo at the API server http:\/\/127\.0\.0\.1:\d+: HTTP 403 roles is forbidden: User "fake" cannot do that \(the rights that it takes are in docs\/in-cluster\.md\)$/,
    );
    assert.equal(outcome.leftover, undefined);
    assert.equal(cluster.objects.size, 0);
    assert.deepEqual(
      cluster.made.map(({ kind }) => kind),
      ["Job", "ServiceAccount"],
    );
  });

  it("tells what it could not remove, and how it is removed", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("DELETE /apis/batch/v1/namespaces/plano-demo/jobs", "DELETE /api/v1/namespaces/plano-demo/configmaps");
    const outcome = await run(cluster);
    assert.equal(outcome.report.verdict, "pass");
    const name = cluster.made[0]?.metadata?.name ?? "";
    const left = [`Job ${name}`, `ConfigMap ${name}`].map((object) => `(?=.*${object})`).join("");
    assert.match(
      outcome.leftover ?? "",
      new RegExp(`^left in the cluster: ${left}.* \\(cannot delete Job ${name} in .*HTTP 403 ${name} is forbidden`),
    );
    assert.ok(
      outcome.leftover?.endsWith(
        `remove it with: kubectl -n plano-demo delete job,configmap,rolebinding,role,serviceaccount -l app.kubernetes.io/instance=${name}`,
      ),
    );
    assert.equal(cluster.objects.size, 2);
  });

  it("leaves what it may not remove to the cluster, once the owner of all is removed", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("DELETE /api/v1/", "DELETE /apis/rbac");
    const outcome = await run(cluster);
    assert.deepEqual([outcome.report.verdict, outcome.leftover], ["pass", undefined]);
    assert.deepEqual(
      [...cluster.objects.values()].map(({ kind, metadata }) => [kind, metadata?.ownerReferences?.[0]?.kind]),
      ["ServiceAccount", "Role", "RoleBinding", "ConfigMap"].map((kind) => [kind, "Job"]),
    );
  });

  it("interrupted while it runs, removes everything and brings home what the program has seen", async () => {
    await using cluster = await FakeJobCluster.start();
    const interruption = new AbortController();
    const outcome = await run(cluster, {
      program: programOf(`
const timer = setInterval(() => undefined, 1000);
process.once("SIGTERM", () => {
  clearInterval(timer);
  write({ verdict: "unknown", reason: "interrupted", requests: { total: 7, failed: 0, p50Ms: 1, p99Ms: 1 } });
});
process.stderr.write("waiting\\n");`),
      signal: interruption.signal,
      onProgress: (phase) => {
        if (phase === "waiting") interruption.abort();
      },
    });
    assert.deepEqual(
      [outcome.report.verdict, outcome.report.reason, outcome.report.requests.total],
      ["unknown", "interrupted", 7],
    );
    assert.deepEqual([outcome.leftover, cluster.objects.size], [undefined, 0]);
  });

  it("interrupted while it waits for the pod, ends at once and removes everything", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.fate = waiting("ContainerCreating", "");
    const interruption = new AbortController();
    const outcome = await run(cluster, {
      signal: interruption.signal,
      onProgress: (phase) => {
        if (phase === "waiting for the Job's pod: ContainerCreating") interruption.abort();
      },
    });
    assert.deepEqual([outcome.report.verdict, outcome.report.reason], ["unknown", "interrupted"]);
    assert.deepEqual([outcome.leftover, cluster.objects.size], [undefined, 0]);
  });

  it("interrupted while it creates, makes nothing more and removes what it made", async () => {
    await using cluster = await FakeJobCluster.start();
    const interruption = new AbortController();
    cluster.onRequest = (request) => {
      if (request.endsWith("/serviceaccounts")) interruption.abort();
    };
    const outcome = await run(cluster, { signal: interruption.signal });
    assert.equal(outcome.report.reason, "interrupted");
    assert.deepEqual(
      cluster.made.map(({ kind }) => kind),
      ["Job", "ServiceAccount"],
    );
    assert.deepEqual([outcome.leftover, cluster.objects.size], [undefined, 0]);
  });

  it("is unknown when the API server is not there", async () => {
    const cluster = await FakeJobCluster.start();
    const kubeconfig = cluster.kubeconfig();
    await cluster[Symbol.asyncDispose]();
    const outcome = await runInCluster({ ...defaultOptions, target: { ...defaultOptions.target, kubeconfig } }, healthy, "node");
    assert.match(
      outcome.report.reason ?? "",
      /^cannot create Job .*: connection refused; is the cluster up, and is this the right context\?$/,
    );
    assert.equal(outcome.leftover, undefined);
  });

  it("removes what an API server made that broke off before it answered", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.breakAfter = "POST /api/v1/namespaces/plano-demo/serviceaccounts";
    const outcome = await run(cluster);
    assert.match(outcome.report.reason ?? "", /^cannot create ServiceAccount .*: socket hang up$/);
    assert.equal(cluster.made.length, 2);
    assert.deepEqual([outcome.leftover, cluster.objects.size], [undefined, 0]);
  });

  it("takes what is gone already for removed", async () => {
    await using cluster = await FakeJobCluster.start();
    // As the garbage collector does once the Job is deleted.
    cluster.onRequest = (request) => {
      if (request.startsWith("DELETE")) cluster.objects.clear();
    };
    const outcome = await run(cluster);
    assert.deepEqual([outcome.report.verdict, outcome.leftover], ["pass", undefined]);
  });
});
