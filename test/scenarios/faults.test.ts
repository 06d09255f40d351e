import type { AutoscalingV2Api, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../verify";
import type { DisruptionEvent } from "../../verify/disruption/event";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { connect, type KubeClients } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { runProcess, TestStack, type Outcome } from "../stacks/stack";

const name = "e2e-faults";
const namespace = "plano-demo";
const annotation = "plano-affinity/put-back";

/** One stack that is disturbed on purpose; each test goes on where the one before ended. */
describe("the checks scale and faults on a sandbox", function () {
  stepByStep(this);
  let stack: TestStack;
  let kube: KubeClients;
  let autoscaling: AutoscalingV2Api;
  let env: NodeJS.ProcessEnv;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create(name);
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
    const client = await import("@kubernetes/client-node");
    autoscaling = kube.config.makeApiClient(client.AutoscalingV2Api);
    const kubeconfig = join(stack.folder, "kubeconfig");
    await writeFile(kubeconfig, await stack.output<string>("kubeconfig"), { mode: 0o600 });
    env = { ...process.env, KUBECONFIG: kubeconfig, NO_COLOR: "1" };
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  async function verify(
    args: readonly string[],
    onOutput?: (soFar: string, pid: number) => void,
  ): Promise<Outcome & { readonly report: () => Promise<Report> }> {
    const path = join(stack.folder, "report.json");
    const command = ["commands/bootstrap/run.mjs", "verify", ...args, "--report", `json=${path}`];
    const outcome = await runProcess(process.execPath, command, env, onOutput);
    return { ...outcome, report: async () => JSON.parse(await readFile(path, "utf8")) as Report };
  }

  const autoscaler = (): Promise<V2HorizontalPodAutoscaler> =>
    autoscaling.readNamespacedHorizontalPodAutoscaler({ namespace, name: "plano" });

  async function assertPutBack(): Promise<void> {
    const { spec, metadata } = await autoscaler();
    assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [2, 5]);
    assert.equal(metadata?.annotations?.[annotation], undefined);
    const deployment = await kube.apps.readNamespacedDeployment({ namespace, name: "plano" });
    assert.equal(deployment.spec?.replicas, 2);
    const scaled = [...(metadata?.managedFields ?? []), ...(deployment.metadata?.managedFields ?? [])];
    const ours = scaled.filter(
      (it) => it.manager === "plano-affinity-verify" && /f:(min|max)?[rR]eplicas/.test(JSON.stringify(it)),
    );
    assert.deepEqual(ours, [], "no field of the scale is ours");
    const { code, output } = await stack.pulumi(["preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /Resources:\s+\d+ unchanged\s/);
  }

  function eventsOf({ checks }: Report, id: string): readonly DisruptionEvent[] {
    return checks.find((check) => check.id === id)?.evidence["events"] as unknown as readonly DisruptionEvent[];
  }

  it("change nothing without a terminal to ask on, or with --yes and no namespace", async () => {
    const asking = await verify(["--checks", "scale,faults"]);
    assert.deepEqual(
      [asking.code, asking.output.includes("there is no terminal to ask on; add --yes")],
      [3, true],
      asking.output,
    );
    const anywhere = await verify(["--checks", "faults", "--yes"]);
    assert.deepEqual([anywhere.code, anywhere.output.includes("add --namespace plano-demo")], [3, true], anywhere.output);
    await assertPutBack();
  });

  it("add and remove a replica whose pins hold, and leave nothing for Pulumi to do", async () => {
    const { code, output, report } = await verify(["--namespace", namespace, "--checks", "pinning,scale", "--yes"]);
    assert.equal(code, 0, output);
    assert.deepEqual(
      eventsOf(await report(), "scale").map(({ id, verdict }) => [id, verdict]),
      [
        ["replica-added", "pass"],
        ["replica-removed", "pass"],
      ],
    );
    await assertPutBack();
  });

  it("put the scale back at Ctrl-C", async () => {
    let interrupted: Promise<void> | undefined;
    const { code, report } = await verify(["--namespace", namespace, "--checks", "scale", "--yes"], (soFar, pid) => {
      if (soFar.includes("scale: Replica added")) interrupted ??= held().then(() => void process.kill(-pid, "SIGINT"));
    });
    await interrupted;
    assert.deepEqual([code, (await report()).reason], [2, "interrupted"]);
    await assertPutBack();
  });

  it("put back what a run left behind that was killed", async () => {
    let killed: Promise<void> | undefined;
    await verify(["--namespace", namespace, "--checks", "scale", "--yes"], (soFar, pid) => {
      if (soFar.includes("scale: Replica added")) killed ??= held().then(() => void process.kill(-pid, "SIGKILL"));
    });
    await killed;
    assert.notEqual((await autoscaler()).metadata?.annotations?.[annotation], undefined);
    const { code, output } = await verify(["--namespace", namespace, "--checks", "scale", "--yes"]);
    assert.equal(code, 0, output);
    await assertPutBack();
  });

  it("recover from four faults, each with its proof", async () => {
    const { code, output, report } = await verify(["--namespace", namespace, "--checks", "faults", "--yes"]);
    assert.equal(code, 0, output);
    const events = eventsOf(await report(), "faults");
    assert.deepEqual(
      events.map(({ id }) => id),
      ["pod-deleted", "rollout", "redis-clients-killed", "redis-restarted"],
    );
    for (const { landedMs, recoveredMs, proof, verdict, title } of events) {
      assert.equal(verdict, "pass", title);
      assert.ok(landedMs !== null && recoveredMs !== null && recoveredMs > landedMs && proof !== "", title);
    }
  });

  /** Resolves when a run holds the scale. */
  async function held(): Promise<void> {
    for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 100))) {
      if ((await autoscaler()).metadata?.annotations?.[annotation] !== undefined) return;
    }
    throw new Error("waited 30 s for a run to hold the scale");
  }
});
