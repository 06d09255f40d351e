import { strict as assert } from "node:assert";
import { statSync } from "node:fs";
import { join } from "node:path";
import { joinedLines, readPage } from "../../dev/pages/testing/markdown";
import { stateDir } from "../../lib/paths";
import { findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";
import { stepByStep } from "../../lib/testing/skip";
import { connect, namespace } from "../stacks/kube";
import { type MachineState, machineState } from "../stacks/machine";
import { npmRun, type Outcome, stackOfSuite, statusRow as row } from "../stacks/stack";

/**
 * One stack, from nothing to nothing, and what people see of it; each test goes on where the one before ended. How it is
 * scaled shows lifecycle.test.ts, and a fault that a proof finds test/e2e/readme.test.ts.
 */
describe("the stack on a sandbox", function () {
  stepByStep(this);
  const name = "e2e-stack";
  const theStack = stackOfSuite(name);
  let untouched: MachineState;
  let env: NodeJS.ProcessEnv;
  const task = (...args: string[]): Promise<Outcome> => npmRun(args, env);
  /** Runs `npm run status`, which finds something. */
  const status = async (): Promise<string> => {
    const { code, output } = await task("status");
    assert.equal(code, 0, output);
    return output;
  };

  before(async () => {
    untouched = await machineState();
    const own = { PULUMI_BACKEND_URL: `file://${theStack().folder}`, PULUMI_CONFIG_PASSPHRASE: "test", PULUMI_STACK: name };
    env = { ...process.env, ...own, NO_COLOR: "1", DISPLAY: "", WAYLAND_DISPLAY: "" };
  });

  it("shows in a preview what it would make, and makes nothing", async () => {
    assert.match(await theStack().must("preview"), /\+ \d+ to create/);
    assert.deepEqual((await machineState()).interfaces, untouched.interfaces);
  });

  it("lists everything that is wrong with the settings, and makes nothing", async () => {
    await theStack().configure({ minReplica: 3, maxReplicas: "many", OPENAI_API_KEY: "" });
    const output = await theStack().upFails();
    await theStack().configure({ minReplica: undefined, maxReplicas: undefined, OPENAI_API_KEY: undefined });
    for (const key of [/minReplica\b.*minReplicas/, /maxReplicas/, /OPENAI_API_KEY.*empty/]) assert.match(output, key);
    assert.deepEqual((await machineState()).sandboxes, untouched.sandboxes);
  });

  it("comes up by the commands of docs/commands.md, one step at a time", async () => {
    const { fences } = readPage("docs/commands.md");
    const lines = joinedLines(fences.find(({ section }) => section === "One step at a time")?.lines ?? []);
    const next = async (): Promise<string> => {
      const [, args = ""] = /^npm run pulumi -- (.*)/.exec(lines.shift() ?? "") ?? [];
      return theStack().must(...args.split(" ").map((it) => it.replaceAll("'", "")));
    };
    await next();
    const { core, apps } = await connect(theStack());
    const isThere = async () => (await core.listNamespace()).items.some(({ metadata }) => metadata?.name === namespace);
    assert.match(await task("status").then(({ output }) => row(output, "gateway")), /^unknown: there is no Deployment plano$/);
    assert.match(await next(), /pulumi-nodejs:dynamic:Resource image created/);
    assert.equal(await isThere(), false);
    await next();
    await next();
    assert.equal((await apps.readNamespacedDeployment({ namespace, name: "plano" })).status?.readyReplicas, 2);
    const { verdict, reason } = await theStack().affinity();
    assert.deepEqual([verdict, reason], ["unknown", "the proof is switched off (proof.enabled is false)"]);
    await next();
    assert.deepEqual(lines, ["npm run verify"]);
    await theStack().verify([], 0);
  });

  it("comes up with two replicas, and sessions pinned across both", async () => {
    assert.match(await theStack().up(), /Affinity: pass/);
    const { verdict, replicas, sessions, checks } = await theStack().affinity();
    assert.deepEqual([verdict, replicas.length], ["pass", 2]);
    assert.ok(sessions.length >= 8, `${sessions.length} sessions, with those of race`);
    for (const session of sessions)
      assert.equal(new Set(session.replicas).size, 2, `${session.id} was asked on one replica only`);
    assert.deepEqual(
      checks.map((it) => [it.id, it.verdict]),
      ["control", "pinning", "redis", "traces", "race"].map((it) => [it, "pass"]),
    );
  });

  it("keeps the kubeconfig to its owner", () => {
    assert.equal(statSync(join(sandboxFolder(name), "kubeconfig")).mode & 0o777, 0o600);
    assert.equal(statSync(join(stateDir(), "clusters")).mode & 0o077, 0);
  });

  it("is unknown, not pass, with one replica", async () => {
    await theStack().configure({ minReplicas: 1, maxReplicas: 1 });
    const output = await theStack().upFails();
    assert.match(output, /the affinity proof's verdict is unknown: affinity needs two replicas or more/);
    assert.equal((await theStack().affinity()).verdict, "unknown");
  });

  it("has a status that shows all of it, and no secret", async () => {
    // Without an address, so that a tunnel has to lead there.
    await theStack().configure({ minReplicas: 2, maxReplicas: 5, serviceType: "ClusterIP" });
    await theStack().up();
    const output = await status();
    assert.match(row(output, "stack"), /^e2e-stack, namespace plano-demo; last update succeeded, \d+ s ago$/);
    assert.match(row(output, "cluster"), /^sandbox e2e-stack at https:.*, runs Kubernetes v1\.36\./);
    assert.match(row(output, "gateway"), /^stand-in for Plano 0\.4\.27, image \S+$/);
    assert.equal(row(output, "replicas"), "2 of 2 ready");
    assert.match(row(output, "replica"), /^plano-\S+: ready, age \d+ (s|min), 0 restarts, on node node$/);
    assert.match(row(output, "autoscaler"), /^2 replicas.*, from 2 to 5; CPU (\d+ % of 70 %|unknown \(target 70 %\): .+)$/);
    assert.match(
      row(output, "Redis"),
      /^redis-0: \d+\.\d MiB of 256\.0 MiB \(\d+\.\d %\), allkeys-lru; 0 evicted since it started$/,
    );
    // The proof's four pins at least; the stack's Redis lets nobody SCAN.
    const [, pins] = /^(\d+)[; ].*(TTL|SCAN)/.exec(row(output, "pins")) ?? [];
    assert.ok(Number(pins) >= 4, output);
    assert.match(
      row(output, "verdict"),
      /^pass \(.* UTC, \d+ s ago\); (\d+) of \1 sessions held on 2 replicas of the stand-in; control pass, /,
    );
    assert.match(row(output, "gateway at"), /^http:\/\/localhost:12000, first run: kubectl /);
    const kubeconfig = await theStack().output<string>("kubeconfig");
    const [, key = ""] = /client-key-data: "?([\w+/=]{40})/.exec(kubeconfig) ?? [];
    assert.notEqual(key, "", "the kubeconfig has a key");
    assert.ok(!output.includes(key), "the key is not shown");
  });

  it("says how to open what has no address", async () => {
    assert.match(
      (await task("open", "--print")).output,
      /gateway {2}http:\/\/localhost:12000\/v1\/models\n +first run: kubectl /,
    );
  });

  it("has a status with the last verdict also when its processes were killed, and is whole again with the next up", async () => {
    const { core } = await connect(theStack());
    const node = await core.readNode({ name: "node" });
    process.kill((await findProcess(sandboxFolder(name))) ?? assert.fail("there is no node"), "SIGKILL");
    const output = await status();
    assert.match(row(output, "cluster"), /: stopped; npm start starts it again$/);
    assert.equal(row(output, "gateway"), "unknown: the cluster is stopped");
    assert.match(row(output, "verdict"), /^pass /);
    assert.match(await theStack().must("preview"), /Resources:\s+~ \d+ to update\s+\d+ unchanged/);
    await theStack().up();
    assert.equal((await core.readNode({ name: "node" })).metadata?.uid, node.metadata?.uid, "the cluster's state was kept");
  });

  it("has a status that says what is left after down, and after destroy, which leaves nothing", async () => {
    const down = await theStack().down();
    assert.equal(down.code, 0, down.output);
    const output = await status();
    assert.match(row(output, "cluster"), /runs Kubernetes/);
    assert.equal(row(output, "gateway"), "unknown: not on the cluster; npm start brings it back");
    await theStack().destroy();
    const after = await task("status");
    assert.equal(after.code, 1, after.output);
    assert.match(after.output, /has nothing to show: its last destroy succeeded\n→ npm start brings it up\n$/);
    assert.deepEqual(await machineState(), untouched);
  });
});
