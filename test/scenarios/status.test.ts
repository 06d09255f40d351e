import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { removeLeftovers } from "../stacks/leftovers";
import { type Outcome, runProcess, TestStack } from "../stacks/stack";

const project = join(__dirname, "..", "..");

/** The text behind a row's label. */
function row(output: string, label: string): string {
  const line = output.split("\n").find((it) => it.startsWith(`${label.padEnd(11)} `));
  assert.ok(line !== undefined, `there is no row ${label} in\n${output}`);
  return line.slice(12);
}

/** One stack, looked at from nothing to nothing; each test goes on where the one before ended. */
describe("looking at a stack on a sandbox", function () {
  stepByStep(this);
  const name = "e2e-status";
  let stack: TestStack;
  let env: NodeJS.ProcessEnv;
  const task = (...args: string[]): Promise<Outcome> =>
    runProcess(process.execPath, ["commands/bootstrap/run.mjs", ...args], env);

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    // No address: what is opened has to come through tunnels.
    stack = await TestStack.create(name, { serviceType: "ClusterIP" });
    env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${stack.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_STACK: name,
      NO_COLOR: "1",
      DISPLAY: "",
      WAYLAND_DISPLAY: "",
    };
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("says that there is nothing before the first up", async () => {
    const { code, output } = await task("status");
    assert.equal(code, 1);
    assert.match(output, /^the stack e2e-status in file:.* has nothing to show: it was never up\n→ npm start brings it up\n$/);
  });

  it("shows all of it when it is up, and no secret", async () => {
    const up = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.equal(up.code, 0, up.output);
    const { code, output } = await task("status");
    assert.equal(code, 0, output);
    assert.match(row(output, "stack"), /^e2e-status, namespace plano-demo; last update succeeded, \d+ s ago$/);
    assert.match(row(output, "cluster"), /^sandbox e2e-status at https:.*, runs Kubernetes v1\.34\./);
    assert.match(row(output, "gateway"), /^stand-in for Plano 0\.4\.27, image \S+$/);
    assert.equal(row(output, "replicas"), "2 of 2 ready");
    assert.match(row(output, "replica"), /^plano-\S+: ready, age \d+ s, 0 restarts, on node node$/);
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
      /^pass \(.* UTC, \d+ s ago\); 4 of 4 sessions held on 2 replicas of the stand-in; control pass, /,
    );
    assert.match(row(output, "gateway at"), /^http:\/\/localhost:12000, through a tunnel: npm run open$/);
    const kubeconfig = await stack.output<string>("kubeconfig");
    const [, key = ""] = /client-key-data: "?([\w+/=]{40})/.exec(kubeconfig) ?? [];
    assert.notEqual(key, "", "the kubeconfig has a key");
    assert.ok(!output.includes(key), "the key is not shown");
  });

  it("forwards the gateway until it is interrupted, and leaves no port", async () => {
    assert.match(
      (await task("open", "--print")).output,
      /gateway {2}http:\/\/localhost:12000\/v1\/models\n +first run: kubectl /,
    );
    const child = spawn(process.execPath, ["commands/bootstrap/run.mjs", "open"], {
      cwd: project,
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
    let output = "";
    const forwarding = new Promise<void>((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes("until Ctrl-C.")) resolve();
      });
    });
    await Promise.race([forwarding, closed]);
    const [, url] = / gateway {2}(http:\/\/127\.0\.0\.1:\d+\/v1\/models)\n/.exec(output) ?? [];
    assert.ok(url !== undefined, output);
    const models = (await (await fetch(url, { headers: { connection: "close" } })).json()) as { data: { id: string }[] };
    assert.ok(models.data.some(({ id }) => id === "openai/gpt-4o-mini"));
    // To itself alone, as `kill` does; it passes it on.
    child.kill("SIGTERM");
    assert.equal(await closed, 0, output);
    await assert.rejects(fetch(url), "the port is closed");
  });

  it("shows the last verdict and the addresses also when the cluster is stopped", async () => {
    const pid = await findProcess(sandboxFolder(name));
    assert.ok(pid !== undefined);
    process.kill(pid, "SIGKILL");
    const { code, output } = await task("status");
    assert.equal(code, 0, output);
    assert.match(row(output, "cluster"), /: stopped; npm start starts it again$/);
    assert.equal(row(output, "gateway"), "unknown: the cluster is stopped");
    assert.match(row(output, "verdict"), /^pass /);
  });

  it("says what is left after down, and after destroy", async () => {
    assert.equal((await stack.pulumi(["up", "--yes", "--skip-preview"])).code, 0);
    assert.equal((await stack.down()).code, 0);
    const { code, output } = await task("status");
    assert.equal(code, 0, output);
    assert.match(row(output, "cluster"), /runs Kubernetes/);
    assert.equal(row(output, "gateway"), "unknown: not on the cluster; npm start brings it back");
    const destroyed = await stack.pulumi(["destroy", "--yes", "--skip-preview"]);
    assert.equal(destroyed.code, 0, destroyed.output);
    const after = await task("status");
    assert.equal(after.code, 1, after.output);
    assert.match(after.output, /has nothing to show: its last destroy succeeded\n→ npm start brings it up\n$/);
  });
});
