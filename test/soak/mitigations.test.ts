import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../verify";
import type { DisruptionEvent } from "../../verify/disruption/event";
import { connect, type KubeClients } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { runProcess, TestStack } from "../stacks/stack";
import { skipBecause } from "../../lib/testing/skip";

const namespace = "plano-demo";

/** The probe of a Deployment that does not see whether the gateway has its Redis. */
const healthOnly = { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, failureThreshold: 3 };

/** What keeps affinity in production, switched off one by one: the check that it was made for must then fail. */
describe("without its mitigations a stack on a sandbox", () => {
  let stack: TestStack;
  let kube: KubeClients;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create("e2e-mitigations");
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("loses its pins when Redis restarts and keeps no file of them", async () => {
    const { data } = await kube.core.readNamespacedConfigMap({ namespace, name: "redis-config" });
    const conf = (data?.["redis.conf"] ?? "").replace("appendonly yes", "appendonly no");
    assert.match(conf, /appendonly no/);
    const client = await import("@kubernetes/client-node");
    await kube.core.patchNamespacedConfigMap(
      { namespace, name: "redis-config", body: { data: { "redis.conf": conf } } },
      client.setHeaderOptions("Content-Type", client.PatchStrategy.MergePatch),
    );
    assert.deepEqual(await failedFaults(), ["redis-restarted"]);
  });

  it("loses affinity for good when Redis' clients are disconnected and no probe notices", async () => {
    const container = { name: "gateway", livenessProbe: healthOnly };
    const client = await import("@kubernetes/client-node");
    await kube.apps.patchNamespacedDeployment(
      { namespace, name: "plano", body: { spec: { template: { spec: { containers: [container] } } } } },
      client.setHeaderOptions("Content-Type", client.PatchStrategy.StrategicMergePatch),
    );
    await rolledOut();
    assert.deepEqual(await failedFaults(), ["redis-clients-killed"]);
  });

  /** The faults of the check `faults` from which the deployment did not recover. */
  async function failedFaults(): Promise<string[]> {
    const kubeconfig = join(stack.folder, "kubeconfig");
    await writeFile(kubeconfig, await stack.output<string>("kubeconfig"), { mode: 0o600 });
    const path = join(stack.folder, "report.json");
    const args = ["verify", "--namespace", namespace, "--checks", "faults", "--yes", "--report", `json=${path}`];
    const { code, output } = await runProcess(process.execPath, ["commands/bootstrap/run.mjs", ...args], {
      ...process.env,
      KUBECONFIG: kubeconfig,
      NO_COLOR: "1",
    });
    assert.equal(code, 1, output);
    const report = JSON.parse(await readFile(path, "utf8")) as Report;
    const { events } = report.checks.find(({ id }) => id === "faults")?.evidence as { events: readonly DisruptionEvent[] };
    return events.filter(({ verdict }) => verdict === "fail").map(({ id }) => id);
  }

  async function rolledOut(): Promise<void> {
    let seen = "";
    for (const end = Date.now() + 120_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 500))) {
      const { metadata, spec, status } = await kube.apps.readNamespacedDeployment({ namespace, name: "plano" });
      seen = JSON.stringify(status);
      const counts = [status?.updatedReplicas, status?.availableReplicas, status?.replicas];
      if (status?.observedGeneration === metadata?.generation && counts.every((it) => it === spec?.replicas)) return;
    }
    throw new Error(`waited 120 s for the rollout; last seen: ${seen}`);
  }
});
