import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../verify";
import { connect, type KubeClients } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { runProcess, TestStack } from "../stacks/stack";
import { skipBecause } from "../../lib/testing/skip";

const namespace = "plano-demo";

describe("a Redis of three on a sandbox, whose password is changed", () => {
  let stack: TestStack;
  let kube: KubeClients;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create("e2e-rotation", { redisReplicas: 3 });
    await stack.must(["up", "--yes", "--skip-preview"]);
    kube = await connect(stack);
    await writeFile(join(stack.folder, "kubeconfig"), await stack.output<string>("kubeconfig"), { mode: 0o600 });
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("takes a new password, and keeps the pins", async () => {
    const verify = async (): Promise<Report> => {
      const path = join(stack.folder, "report.json");
      const args = ["--namespace", namespace, "--session-prefix", "rotation-", "--report", `json=${path}`];
      const env = { ...process.env, KUBECONFIG: join(stack.folder, "kubeconfig"), NO_COLOR: "1" };
      const { code, output } = await runProcess(process.execPath, ["commands/bootstrap/run.mjs", "verify", ...args], env);
      assert.equal(code, 0, output);
      return JSON.parse(await readFile(path, "utf8")) as Report;
    };
    const proxies = async (): Promise<(string | undefined)[]> =>
      (await kube.core.listNamespacedPod({ namespace, labelSelector: "app=redis-proxy" })).items.map((it) => it.metadata?.uid);
    const [begun, old] = [await verify(), await proxies()];
    await stack.must(["config", "set", "--secret", "redisPassword", "ANewPasswordOfTheTests1"]);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    const after = await verify();
    assert.deepEqual(
      after.sessions.map(({ id, model }) => [id, model]),
      begun.sessions.map(({ id, model }) => [id, model]),
    );
    assert.match(after.checks.find(({ id }) => id === "pinning")?.summary ?? "", /were pinned before this run/);
    const left = (await proxies()).filter((uid) => old.includes(uid));
    assert.deepEqual(left, [], "proxies that log in with the old password");
  });
});
