import assert from "node:assert/strict";
import type { V1CronJob, V1JobSpec } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { temporaryFolder } from "../../../lib/files";
import type { KubernetesApi } from "../../../lib/kubernetes/api";
import type { Manifest } from "../../../lib/kubernetes/objects";
import { skipBecause } from "../../../lib/testing/skip";
import { RealApiServer } from "../clusters/real-api-server";
import { startCli } from "./start-cli";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const roots: Readonly<Record<string, string>> = {
  Role: rbac,
  RoleBinding: rbac,
  CronJob: "/apis/batch/v1",
  Job: "/apis/batch/v1",
};

function objectsOf(file: string): Manifest[] {
  const text = readFileSync(join(__dirname, "../../../docs/examples", file), "utf8");
  return parseAllDocuments(text).map((it) => it.toJS() as Manifest);
}

/** dev/pages/gates.test.ts says what is in the files, and that both have the same accounts and rights. */
describe("the gates for a cluster, before a real API server", function () {
  this.timeout(120_000);
  const cron = objectsOf("gate-cronjob.yaml");
  const ofCron = (cron.at(-1) as V1CronJob).spec?.jobTemplate.spec as V1JobSpec;
  const { metrics } = objectsOf("gate-argo-rollouts.yaml").at(-1)?.["spec"] as {
    readonly metrics: readonly { readonly name: string; readonly provider: { readonly job: { readonly spec: V1JobSpec } } }[];
  };
  const [metric] = metrics;
  let server: RealApiServer;
  let admin: KubernetesApi;

  /** Makes an object as `kubectl apply` does, with no field that the server does not know. */
  const make = async (kind: string, object: object, dryRun?: "All"): Promise<unknown> => {
    const path = `${roots[kind] ?? "/api/v1"}/namespaces/plano-demo/${kind.toLowerCase()}s`;
    return admin.json({ method: "POST", path, body: object, query: { fieldValidation: "Strict", dryRun } });
  };

  before(async function () {
    server = (await RealApiServer.start()) ?? skipBecause(this, "this machine has no kube-apiserver and etcd");
    admin = await server.connect("admin");
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await admin.json({ method: "POST", path: "/api/v1/namespaces", body: { metadata: { name: "plano-demo", labels } } });
    for (const object of cron) await make(object.kind, object);
  });

  after(async () => {
    admin?.[Symbol.dispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("are taken, under the name that Argo Rollouts gives to the Job, and their pods by the restricted profile", async () => {
    const { name = "", provider } = metric ?? {};
    const spec = provider?.job.spec;
    const metadata = { name: `${randomUUID()}.${name}.1` };
    await make("Job", { metadata, spec }, "All");
    await assert.rejects(
      make("Job", { metadata, spec: { ...spec, backOffLimit: 0 } }, "All"),
      /unknown field "spec.backOffLimit"/,
    );
    for (const { template } of [ofCron, spec ?? assert.fail()]) {
      const pod = (securityContext = template.spec?.securityContext) =>
        make("Pod", { metadata: { ...template.metadata, name: "gate" }, spec: { ...template.spec, securityContext } }, "All");
      await pod();
      await assert.rejects(pod({}), /violates PodSecurity/);
    }
  });

  it("have an account that may find the pods, and nothing without its role", async () => {
    await using folder = await temporaryFolder("gates-");
    const KUBECONFIG = join(folder.path, "kubeconfig");
    const { users, ...others } = JSON.parse(server.kubeconfig("admin")) as { users: { name: string; user: object }[] };
    const as = "system:serviceaccount:plano-demo:plano-affinity-gate";
    writeFileSync(KUBECONFIG, JSON.stringify({ ...others, users: users.map((it) => ({ ...it, user: { ...it.user, as } })) }));
    const args = ofCron.template.spec?.containers[0]?.args ?? [];
    const { code, stdout } = await startCli(args, { KUBECONFIG }).ended;
    assert.deepEqual(
      [code, /Affinity: (.*)/.exec(stdout)?.[1]],
      [2, "unknown – no ready pod matches app=plano in namespace plano-demo"],
    );
    await admin.json({ method: "DELETE", path: `${rbac}/namespaces/plano-demo/rolebindings/plano-affinity-gate` });
    assert.match((await startCli(args, { KUBECONFIG }).ended).stdout, /Affinity: unknown – cannot list pods .*HTTP 403/);
  });
});
