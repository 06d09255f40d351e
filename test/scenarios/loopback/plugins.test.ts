import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { waitFor } from "../../../lib/wait";
import { EngineStack, needsPulumi } from "../../stacks/engine";

describe("plugins with the real Pulumi engine", function () {
  this.timeout(180_000);

  before(async function () {
    await needsPulumi(this);
  });

  it("runs a program: config, secrets, dynamic resources, random values; a second up changes nothing", async () => {
    await using stack = await EngineStack.of(
      `
            import * as pulumi from "@pulumi/pulumi";
            import * as random from "@pulumi/random";
            const config = new pulumi.Config();
            class Next implements pulumi.dynamic.ResourceProvider {
                async create(inputs: { n: number }) { return { id: "next", outs: { n: inputs.n + 1 } }; }
            }
            class NextResource extends pulumi.dynamic.Resource {
                declare readonly n: pulumi.Output<number>;
                constructor(n: number) { super(new Next(), "next", { n }); }
            }
            const password = new random.RandomPassword("pw", { length: 20, special: false, keepers: { k: config.require("keeper") } });
            console.log("said to the user");
            export const key = config.requireSecret("key");
            export const result = password.result;
            export const n = new NextResource(41).n;`,
    );
    await stack.must("config", "set", "--secret", "key", "hunter2");
    await stack.must("config", "set", "keeper", "1");

    const up = await stack.up();
    assert.match(up, /said to the user/);
    assert.match(up, /3 created/);
    assert.doesNotMatch(up, /hunter2|using pulumi-/);
    assert.equal(await stack.output("n"), 42);
    assert.equal(await stack.output("key"), "hunter2");
    const first = await stack.output("result");
    assert.match(String(first), /^[A-Za-z0-9]{20}$/);
    const state = await readFile(join(stack.folder, "state/.pulumi/stacks/test/dev.json"), "utf8");
    assert.ok(!state.includes(String(first)), "the password is encrypted in the state");

    assert.match(await stack.must("up", "--yes"), /3 unchanged/);
    assert.match(await stack.must("refresh", "--yes", "--skip-preview"), /3 unchanged/);

    await stack.must("config", "set", "keeper", "2");
    assert.match(await stack.must("preview", "--diff"), /~ k: "1" => "2"/);
    assert.match(await stack.up(), /1 replaced/);
    assert.notEqual(await stack.output("result"), first);
  });

  it("ends a failing up soon after the failure, with its one line", async () => {
    await using stack = await EngineStack.of(
      `
            import * as pulumi from "@pulumi/pulumi";
            pulumi.output(1).apply(() => { throw new pulumi.RunError("the proof failed: " + Date.now()); });`,
    );
    const up = await stack.upFails();
    const ended = Date.now();
    const failedAt = Number(/error: the proof failed: (\d+)/.exec(up)?.[1] ?? assert.fail(up));
    // Without the preload of the language host this takes 16 to 31 s; a loaded machine gets some grace.
    assert.ok(ended - failedAt < 15_000, `it ended ${ended - failedAt} ms after the failure`);
  });

  it("leaves no process when the engine is killed", async function () {
    if (process.platform !== "linux") return this.skip();
    await using stack = await EngineStack.of(
      `
            import * as random from "@pulumi/random";
            new random.RandomString("u", { length: 8 }).result.apply(() => new Promise(() => setInterval(() => {}, 1000)));`,
    );
    const engine = stack.start("up", "--yes", "--skip-preview");
    const until = (subject: string, holds: (running: number) => boolean): Promise<unknown> =>
      waitFor({ subject, limitMs: 30_000 }, () => {
        const running = processesIn(stack.folder);
        if (!holds(running.length)) throw new Error(running.join(" | "));
        return true;
      });
    // Language host, program and the random plugin.
    await until("the engine and its three children", (running) => running >= 4);
    engine.kill("SIGKILL");
    await until("the end of all of them", (running) => running === 0);
    await stack.pulumi("cancel", "--yes");
  });
});

/** Command lines of the processes that work in a folder. */
function processesIn(folder: string): string[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((pid) => {
    try {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return readlinkSync(`/proc/${pid}/cwd`) === folder && commandLine !== "" ? [commandLine] : [];
    } catch {
      return []; // It ended meanwhile.
    }
  });
}
