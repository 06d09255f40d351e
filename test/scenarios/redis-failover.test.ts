import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../verify";
import type { DisruptionEvent } from "../../verify/disruption/event";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { connect, type KubeClients } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { runProcess, TestStack } from "../stacks/stack";

const namespace = "plano-demo";

/** One stack; each test goes on where the one before ended. */
describe("a Redis of three on a sandbox", function () {
  stepByStep(this);
  let stack: TestStack;
  let kube: KubeClients;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create("e2e-redis-failover", { redisReplicas: 3 });
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("has three members, and a proof that passed with the pins in the master", async () => {
    const { items } = await kube.core.listNamespacedPod({ namespace, labelSelector: "app=redis" });
    assert.deepEqual(items.map(({ metadata }) => metadata?.name).sort(), ["redis-0", "redis-1", "redis-2"]);
    const affinity = await stack.output<{ verdict: string; checks: { id: string; verdict: string }[] }>("affinity");
    assert.deepEqual(affinity.checks.find(({ id }) => id === "redis")?.verdict, "pass");
  });

  it("keeps the pins when its master is deleted", async () => {
    const kubeconfig = join(stack.folder, "kubeconfig");
    await writeFile(kubeconfig, await stack.output<string>("kubeconfig"), { mode: 0o600 });
    const path = join(stack.folder, "report.json");
    const args = ["--namespace", namespace, "--checks", "faults", "--yes", "--report", `json=${path}`];
    const env = { ...process.env, KUBECONFIG: kubeconfig, NO_COLOR: "1" };
    const { code, output } = await runProcess(process.execPath, ["commands/bootstrap/run.mjs", "verify", ...args], env);
    assert.equal(code, 0, output);
    const { checks } = JSON.parse(await readFile(path, "utf8")) as Report;
    const events = checks.find(({ id }) => id === "faults")?.evidence["events"] as unknown as readonly DisruptionEvent[];
    const restarted = events.find(({ id }) => id === "redis-restarted");
    assert.equal(restarted?.verdict, "pass");
    assert.match(restarted?.target ?? "", /^pod redis-[012]$/);
  });

  it("leaves nothing for Pulumi to do", async () => {
    const { code, output } = await stack.pulumi(["preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /Resources:\s+\d+ unchanged\s/);
  });
});
