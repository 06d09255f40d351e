import assert from "node:assert/strict";
import { FakeJobCluster } from "./fake-job-cluster";
import { patient, run } from "./in-cluster-run";

describe("--in-cluster=apply, interrupted or refused", function () {
  this.timeout(20_000);

  it("names the missing right, and removes what was made before it was missed", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("POST /apis/rbac.authorization.k8s.io/v1/namespaces/plano-demo/roles");
    const { report, leftover } = await run(cluster);
    assert.match(
      report.reason ?? "",
      /^cannot create Role plano-affinity-verify-[0-9a-f]{8} in namespace plano-demo at the API server http:\/\/127\.0\.0\.1:\d+: HTTP 403 roles is forbidden: User "fake" cannot do that \(the rights that it takes are in docs\/verifier\.md\)$/,
    );
    assert.equal(cluster.madeKinds, "Job ServiceAccount");
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });

  it("tells what it could not remove, and how it is removed", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("DELETE /apis/batch/v1/namespaces/plano-demo/jobs", "DELETE /api/v1/namespaces/plano-demo/configmaps");
    const { report, leftover = "" } = await run(cluster);
    assert.equal(report.verdict, "pass");
    const name = cluster.made[0]?.metadata?.name ?? "";
    const left = `left in the cluster: Job ${name} and what it owns \\(cannot delete Job ${name} in `;
    assert.match(leftover, new RegExp(`^${left}.*HTTP 403 ${name} is forbidden`));
    const command = "kubectl -n plano-demo delete job,configmap,rolebinding,role,serviceaccount";
    assert.ok(leftover.endsWith(`remove it with: ${command} -l app.kubernetes.io/instance=${name}`), leftover);
    assert.equal(cluster.objects.size, 2);
  });

  it("leaves what it may not remove to the cluster, once the owner of all is removed", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.forbidden.push("DELETE /api/v1/", "DELETE /apis/rbac");
    const { report, leftover } = await run(cluster);
    assert.deepEqual([report.verdict, leftover, cluster.objects.size], ["pass", undefined, 4]);
  });

  it("takes for removed what is gone already, as the garbage collector does it once the Job is deleted", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.onRequest = (request) => void (request.startsWith("DELETE") && cluster.objects.clear());
    const { report, leftover } = await run(cluster);
    assert.deepEqual([report.verdict, leftover], ["pass", undefined]);
  });

  it("interrupted while it runs, removes everything", async () => {
    await using cluster = await FakeJobCluster.start();
    const interruption = new AbortController();
    const onProgress = (phase: string): void => void (phase === "waiting" && interruption.abort());
    const { report, leftover } = await run(cluster, { program: patient, signal: interruption.signal, onProgress });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });

  it("interrupted while it creates, makes nothing more and removes what it made", async () => {
    await using cluster = await FakeJobCluster.start();
    const interruption = new AbortController();
    cluster.onRequest = (request) => void (request.endsWith("/serviceaccounts") && interruption.abort());
    const { report, leftover } = await run(cluster, { signal: interruption.signal });
    assert.deepEqual([report.reason, cluster.madeKinds], ["interrupted", "Job ServiceAccount"]);
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });

  it("is unknown when the API server is not there", async () => {
    const cluster = await FakeJobCluster.start();
    const kubeconfig = cluster.kubeconfig();
    await cluster[Symbol.asyncDispose]();
    cluster.kubeconfig = () => kubeconfig;
    const { report, leftover } = await run(cluster);
    assert.match(
      report.reason ?? "",
      /^cannot create Job .*: connection refused; is the cluster up, and is this the right context\?$/,
    );
    assert.equal(leftover, undefined);
  });

  it("removes what an API server made that broke off before it answered", async () => {
    await using cluster = await FakeJobCluster.start();
    cluster.onRequest = (request, response) => void (/^POST .*\/serviceaccounts$/.test(request) && response.destroy());
    const { report, leftover } = await run(cluster);
    assert.match(report.reason ?? "", /^cannot create ServiceAccount .*: socket hang up$/);
    assert.equal(cluster.madeKinds, "Job ServiceAccount");
    assert.deepEqual([leftover, cluster.objects.size], [undefined, 0]);
  });
});
