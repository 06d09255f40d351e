import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createStack, findPulumi } from "../integration/plugins/engine";

const UP = ["up", "--yes", "--skip-preview"];

describe("plugins with the real Pulumi engine", function () {
  this.timeout(180_000);
  const pulumi = findPulumi() ?? "";

  before(function () {
    // Named, so that the count of skipped tests can be explained.
    if (pulumi === "") {
      this.test?.parent?.tests.forEach((test) => (test.title += " (skipped: no pulumi in PLANO_AFFINITY_PULUMI or on PATH)"));
      this.skip();
    }
  });

  it("runs a program: config, secrets, dynamic resources, random values; a second up changes nothing", async () => {
    await using stack = await createStack(
      pulumi,
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
    await stack.pulumi("config", "set", "--secret", "key", "hunter2");
    await stack.pulumi("config", "set", "keeper", "1");

    const up = await stack.pulumi(...UP);
    assert.equal(up.code, 0, up.output);
    assert.match(up.output, /said to the user/);
    assert.match(up.output, /3 created/);
    assert.doesNotMatch(up.output, /hunter2|using pulumi-/);
    assert.equal(await stack.output("n"), 42);
    assert.equal(await stack.output("key"), "hunter2");
    const first = await stack.output("result");
    assert.match(String(first), /^[A-Za-z0-9]{20}$/);
    const state = await readFile(join(stack.folder, "state/.pulumi/stacks/test/dev.json"), "utf8");
    assert.ok(!state.includes(String(first)), "the password is encrypted in the state");

    const again = await stack.pulumi("up", "--yes");
    assert.match(again.output, /3 unchanged/, again.output);
    const refresh = await stack.pulumi("refresh", "--yes", "--skip-preview");
    assert.match(refresh.output, /3 unchanged/, refresh.output);

    await stack.pulumi("config", "set", "keeper", "2");
    const preview = await stack.pulumi("preview", "--diff");
    assert.match(preview.output, /~ k: "1" => "2"/, preview.output);
    const replaced = await stack.pulumi(...UP);
    assert.match(replaced.output, /1 replaced/, replaced.output);
    assert.notEqual(await stack.output("result"), first);
  });

  it("ends a failing up soon after the failure, with its one line", async () => {
    await using stack = await createStack(
      pulumi,
      `
            import * as pulumi from "@pulumi/pulumi";
            pulumi.output(1).apply(() => { throw new pulumi.RunError("the proof failed: " + Date.now()); });`,
    );
    const up = await stack.pulumi(...UP);
    const ended = Date.now();
    assert.notEqual(up.code, 0);
    const failedAt = Number(/error: the proof failed: (\d+)/.exec(up.output)?.[1] ?? assert.fail(up.output));
    assert.doesNotMatch(up.output, /\n +at /, "no stack trace");
    // Without the preload of the language host this takes 16 to 31 s; a loaded machine gets some grace.
    assert.ok(ended - failedAt < 8000, `it ended ${ended - failedAt} ms after the failure`);
  });

  it("names a bad runtime option", async () => {
    await using stack = await createStack(pulumi, "");
    await writeFile(
      join(stack.folder, "Pulumi.yaml"),
      JSON.stringify({ name: "test", runtime: { name: "nodejs", options: { typescript: "yes" } } }),
    );
    const up = await stack.pulumi(...UP);
    assert.notEqual(up.code, 0);
    assert.match(up.output, /Pulumi\.yaml: runtime\.options\.typescript must be true or false/);
  });

  it("names an unsupported random resource and the remedy", async () => {
    await using stack = await createStack(pulumi, `new (require("@pulumi/random").RandomPet)("pet");`);
    const up = await stack.pulumi(...UP);
    assert.notEqual(up.code, 0);
    assert.match(
      up.output,
      /error: pet: RandomPet is not among .*; install the official plugin: pulumi plugin install resource random/,
    );
  });

  it("leaves no process when the engine is killed", async function () {
    if (process.platform !== "linux") return this.skip();
    await using stack = await createStack(
      pulumi,
      `
            import * as random from "@pulumi/random";
            new random.RandomUuid("u").result.apply(() => new Promise(() => setInterval(() => {}, 1000)));`,
    );
    const engine = stack.start(...UP);
    // Language host, program and the random plugin.
    await until(() => processesIn(stack.folder).length >= 4, "the engine and its three children run", stack.folder);
    engine.kill("SIGKILL");
    await until(() => processesIn(stack.folder).length === 0, "all of them are gone", stack.folder);
    await stack.pulumi("cancel", "--yes");
  });
});

/** Command lines of the processes that work in a folder. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return readlinkSync(`/proc/${pid}/cwd`) === folder && commandLine !== "" ? [commandLine] : [];
      } catch {
        return []; // It ended meanwhile.
      }
    });
}

async function until(holds: () => boolean, what: string, folder: string, limitMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!holds()) {
    if (Date.now() > deadline)
      throw new Error(`${what}: not within ${limitMs / 1000} s; running: ${processesIn(folder).join(" | ")}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
