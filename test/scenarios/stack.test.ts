import { strict as assert } from "node:assert";
import { statSync } from "node:fs";
import { join } from "node:path";
import { stateDir } from "../../lib/paths";
import { findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { connect } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { type MachineState, machineState } from "../stacks/machine";
import { assertNoStackTrace, TestStack } from "../stacks/stack";

interface Affinity {
  readonly verdict: string;
  readonly reason: string | null;
  readonly replicas: readonly string[];
  readonly sessions: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly model: string;
    readonly replicas: readonly string[];
  }[];
  readonly checks: readonly { readonly id: string; readonly verdict: string; readonly summary: string }[];
}

/** One stack, from nothing to nothing; each test goes on where the one before ended. */
describe("the stack on a sandbox", function () {
  stepByStep(this);
  const name = "e2e-stack";
  let untouched: MachineState;
  let stack: TestStack;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    untouched = await machineState();
    stack = await TestStack.create(name);
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("shows in a preview what it would make, and makes nothing", async () => {
    const { code, output } = await stack.pulumi(["preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /\+ \d+ to create/);
    assert.deepEqual((await machineState()).interfaces, untouched.interfaces);
  });

  it("lists everything that is wrong with the settings, and makes nothing", async () => {
    await stack.configure({ minReplica: 3, maxReplicas: "many", OPENAI_API_KEY: "" });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    await stack.configure({ minReplica: undefined, maxReplicas: undefined, OPENAI_API_KEY: undefined });
    assert.notEqual(code, 0);
    for (const key of [/minReplica\b.*minReplicas/, /maxReplicas/, /OPENAI_API_KEY.*empty/]) assert.match(output, key);
    assertNoStackTrace(output);
    assert.deepEqual((await machineState()).sandboxes, untouched.sandboxes);
  });

  it("comes up with two replicas, and sessions pinned across both", async () => {
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /Affinity: pass/);
    const affinity = await stack.output<Affinity>("affinity");
    assert.equal(affinity.verdict, "pass");
    assert.equal(affinity.replicas.length, 2);
    assert.equal(affinity.sessions.length, 4);
    for (const session of affinity.sessions)
      assert.equal(new Set(session.replicas).size, 2, `${session.id} was asked on one replica only`);
    assert.deepEqual(
      affinity.checks.map((it) => [it.id, it.verdict]),
      ["control", "pinning", "redis", "traces"].map((it) => [it, "pass"]),
    );
  });

  it("keeps the kubeconfig to its owner", () => {
    assert.equal(statSync(join(sandboxFolder(name), "kubeconfig")).mode & 0o777, 0o600);
    assert.equal(statSync(join(stateDir(), "clusters")).mode & 0o077, 0);
  });

  it("answers at the gateway's address, and Jaeger at its own", async () => {
    const [gateway, jaeger] = await Promise.all([stack.output<string>("gatewayUrl"), stack.output<string>("jaegerUrl")]);
    assert.equal((await fetch(`${gateway}/healthz`)).status, 200);
    const services = (await (await fetch(`${jaeger}/api/services`)).json()) as { data: string[] };
    assert.ok(services.data.includes("plano(llm)"), `Jaeger knows ${services.data.join(", ")}`);
  });

  it("changes nothing in a second up, apart from the proof", async () => {
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.match(output, /Resources:\s+\d+ unchanged\s/);
    assert.doesNotMatch(output, /\d+ (created|updated|replaced|deleted)/);
  });

  it("honours pins of before on a third replica", async () => {
    const gateway = await stack.output<string>("gatewayUrl");
    const ask = async (session: string, prompt: string): Promise<string> => {
      const answer = await fetch(`${gateway}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-model-affinity": session },
        body: JSON.stringify({ model: "openai/gpt-4o-mini", messages: [{ role: "user", content: prompt }] }),
      });
      assert.equal(answer.status, 200);
      return ((await answer.json()) as { model: string }).model;
    };
    const sessions = Array.from({ length: 12 }, (_, index) => `before-scaling-${index}`);
    const prompts = ["What is the capital of France?", "Prove step by step that the square root of 2 is irrational."] as const;
    const pinned = new Map<string, string>();
    for (const [index, session] of sessions.entries()) pinned.set(session, await ask(session, prompts[index % 2 === 0 ? 0 : 1]));
    assert.equal(new Set(pinned.values()).size, 2, "the sessions are pinned to both models");

    await stack.configure({ minReplicas: 3 });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.equal((await stack.output<Affinity>("affinity")).replicas.length, 3);
    // The other prompt: a session that is routed anew would change its model.
    for (const [index, session] of sessions.entries())
      assert.equal(await ask(session, prompts[index % 2 === 0 ? 1 : 0]), pinned.get(session), session);
  });

  it("fails, naming the check, when pins are kept in each replica's own memory", async () => {
    await stack.configure({ standinFault: "memory-cache" });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /pinning\s+│\s+fail/);
    assertNoStackTrace(output);
    const affinity = await stack.output<Affinity>("affinity");
    assert.equal(affinity.verdict, "fail");
    assert.equal(affinity.checks.find((it) => it.id === "pinning")?.verdict, "fail");
  });

  it("passes again when the fault is taken away", async () => {
    await stack.configure({ standinFault: "none" });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.equal((await stack.output<Affinity>("affinity")).verdict, "pass");
  });

  it("is unknown, not pass, with one replica", async () => {
    await stack.configure({ minReplicas: 1, maxReplicas: 1 });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /the affinity proof's verdict is unknown: affinity needs two replicas or more/);
    assertNoStackTrace(output);
    assert.equal((await stack.output<Affinity>("affinity")).verdict, "unknown");
  });

  it("is whole again with the next up after its processes were killed", async () => {
    await stack.configure({ minReplicas: 2, maxReplicas: 5 });
    const { core } = await connect(stack);
    const node = await core.readNode({ name: "node" });
    const pid = await findProcess(sandboxFolder(name));
    assert.ok(pid !== undefined);
    process.kill(pid, "SIGKILL");
    assert.match((await stack.pulumi(["preview"])).output, /Resources:\s+~ \d+ to update\s+\d+ unchanged/);
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.equal((await core.readNode({ name: "node" })).metadata?.uid, node.metadata?.uid, "the cluster's state was kept");
  });

  it("leaves nothing when it is destroyed", async () => {
    const { code, output } = await stack.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.equal(code, 0, output);
    assert.deepEqual(await machineState(), untouched);
  });
});
