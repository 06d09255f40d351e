import assert from "node:assert/strict";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { projectFolder } from "./main";
import { scratchPerTest } from "../lib/testing/scratch";

/** What a task or an operation does here: it waits until it is interrupted, and cleans up with many words. */
const untilInterrupted = `async (signal) => {
  const { setTimeout: delay } = require("node:timers/promises");
  const { writeFileSync } = require("node:fs");
  writeFileSync("begun", "");
  await delay(30_000, undefined, { signal }).catch(() => undefined);
  for (let i = 0; i < 20; i++) {
    process.stdout.write("cleaning up\\n");
    process.stderr.write("cleaning up\\n");
    await delay(5);
  }
  writeFileSync("cleaned", signal.reason.message);
  signal.throwIfAborted();
}`;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

describe("an interrupted run", () => {
  const scratch = scratchPerTest();
  function start(program: string, args: readonly string[] = []): { child: Child; ended: Promise<unknown[]> } {
    // Not counted: without the project's tsconfig.json tsx compiles the same sources in another way.
    const env = { ...process.env, NODE_PATH: join(projectFolder, "node_modules"), NODE_V8_COVERAGE: "" };
    const tsx = require.resolve("tsx/cjs");
    const all = ["--require", tsx, "--eval", program, "--", ...args];
    const child = spawn(process.execPath, all, { cwd: scratch().folder, env, stdio: "pipe" });
    child.stdin.end("{}");
    return { child, ended: once(child, "exit") };
  }
  const modulePath = (...path: string[]): string => JSON.stringify(join(projectFolder, ...path));
  const task = `const { interruption, runTask } = require(${modulePath("commands", "main.ts")});
    runTask(() => (${untilInterrupted})(interruption()));`;
  const operation = `process.argv.splice(1, 0, "operation");
    require(${modulePath("lib", "dynamic", "serve.ts")}).serve({ create: (_, signal) => (${untilInterrupted})(signal) });`;

  for (const [name, program, signals] of [
    ["an operation", operation, ["SIGHUP"]],
    // A terminal tells its group, and so does the parent.
    ["a task, which is told several times", task, ["SIGHUP", "SIGHUP", "SIGTERM"]],
  ] as const)
    it(`cleans up, although its terminal is gone: ${name}`, async () => {
      const { child, ended } = start(program, ["create"]);
      await scratch().written("begun");
      // What would show its words is closed, as by a terminal or an engine that is gone.
      child.stdout.destroy();
      child.stderr.destroy();
      for (const signal of signals) child.kill(signal);
      assert.deepEqual(await ended, [1, null]);
      assert.equal(await scratch().read("cleaned"), "interrupted");
    });

  for (const [name, program] of [
    ["a task", `require(${modulePath("commands", "main.ts")}).runTask(async () => (setInterval(() => {}, 1_000), 0));`],
    ["an operation", operation.replace(untilInterrupted, "async () => setInterval(() => {}, 1_000).hasRef()")],
  ] as const)
    it(`ends when its work is done, whatever is still open: ${name}`, async () => {
      const { child, ended } = start(program, ["create"]);
      child.stdout.resume();
      assert.deepEqual(await ended, [0, null]);
    });

  it("never begins in a checkout that cannot be read: a soak ends with 3, which is no verdict", async () => {
    await scratch().file("Pulumi.yaml", "name: demo");
    await scratch().file("Pulumi.dev.yaml", "config: [");
    const { child, ended } = start(`process.argv.splice(1, 0, "soak"); require(${modulePath("commands", "soak.ts")});`);
    const said = text(child.stderr);
    assert.deepEqual([await ended, (await said).startsWith("the stack of this checkout cannot be read: ")], [[3, null], true]);
  });

  it("cleans up when the engine was killed that the run's file names", async () => {
    const engine = spawn("/bin/sleep", ["60"]);
    process.env.PLANO_AFFINITY_RUNNING = await scratch().file("running", String(engine.pid));
    const { child, ended } = start(operation, ["create"]);
    await scratch().written("begun");
    assert.equal(child.exitCode, null);
    engine.kill("SIGKILL");
    assert.deepEqual(await ended, [1, null]);
    assert.equal(await scratch().read("cleaned"), "interrupted");
  });

  it("tells Pulumi, and its providers by the run's file, when the terminal is closed", async () => {
    await mkdir(join(projectFolder, ".pulumi"), { recursive: true, mode: 0o700 });
    const pulumi = await scratch().program(
      "pulumi",
      `cd "${scratch().folder}"; trap 'echo told > told; exit 3' INT; echo "$PLANO_AFFINITY_RUNNING" > running; echo $$ > pid
      until [ -s "$PLANO_AFFINITY_RUNNING" ]; do sleep 0.05; done; : > begun
      while :; do sleep 0.05; done`,
    );
    const run = `const { runPulumi } = require(${modulePath("commands", "pulumi-environment.ts")});
      const environment = { pulumi: ${JSON.stringify(pulumi)}, env: process.env, plugins: "minimal" };
      runPulumi(environment, []).then((code) => (process.exitCode = code));`;
    const { child, ended } = start(run);
    await scratch().written("begun");
    const running = (await scratch().read("running")).trim();
    assert.equal((await readFile(running, "utf8")).split(" ")[0], (await scratch().read("pid")).trim());
    child.kill("SIGHUP");
    assert.deepEqual(await ended, [3, null]);
    assert.equal(await scratch().read("told"), "told\n");
    assert.equal(existsSync(running), false);
  });
});
