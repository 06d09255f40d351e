import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readmeCommand } from "../readme";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { machineState } from "../stacks/machine";
import { Reader } from "../stacks/reader";
import { assertNoStackTrace } from "../stacks/stack";

const project = join(__dirname, "..", "..");

/** The README's first user, from the clone to nothing; each test goes on where the one before ended. */
describe("an evaluator with the README", function () {
  stepByStep(this);
  this.timeout(600_000);
  let reader: Reader;
  /** Theirs; the README's own name is left to whoever uses this machine. */
  const name = "e2e-readme";

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    if (!existsSync(join(project, ".git"))) skipBecause(this, "this is no clone, so that it cannot be cloned");
    reader = await Reader.create(name);
  });

  after(async () => {
    await reader?.[Symbol.asyncDispose]();
  });

  it("clones it, and comes with one command from nothing to a verdict", async () => {
    await reader.must(
      readmeCommand("git clone <url of this repository> plano-affinity && cd plano-affinity", {
        "<url of this repository>": project,
      }),
    );
    await reader.takeWorkingTree({ clusterName: name, cluster: "sandbox" });
    const output = await reader.must(readmeCommand("npm start"));
    for (const check of ["control", "pinning", "redis", "traces", "race"])
      assert.match(output, new RegExp(`│ ${check}\\s+│ pass\\s`));
    assert.match(output, /^Affinity: pass, \d+ sessions on 2 replicas of the stand-in gateway\.$/m);
    assert.match(output, /^ {2}gateway {2}http:\S+\n {2}Jaeger {3}http:/m);
  });

  it("looks around", async () => {
    const status = await reader.must(readmeCommand("npm run status"));
    assert.match(status, /^cluster\s+sandbox e2e-readme at https:/m);
    assert.match(status, /^verdict\s+pass /m);
    const pins = await reader.must(readmeCommand("npm run status -- --pins"));
    assert.match(pins, /\bopenai\/gpt-5\.2\b.*\bdeep_reasoning\b.*\b\d+ s\b/);
    const pages = await reader.must(readmeCommand("npm run open -- --print"));
    assert.match(pages, /gateway {2}http:\S+\/v1\/models\n/);
    const [, page = ""] = / report {3}(file:\S+\/reports\/dev\/proof\.html)\n/.exec(pages) ?? [];
    const drawn = await readFile(new URL(page), "utf8");
    assert.match(drawn, /The first request was routed\.[^]*plano\(routing\)[^]*The pinned request was not routed\./);
    const verified = await reader.must(readmeCommand("npm run verify"));
    assert.match(verified, /cluster: the sandbox e2e-readme of the stack dev\n/);
    assert.match(verified, /Affinity: pass\n/);
    await reader.must(
      readmeCommand(
        `ask() { curl -s "$(npm run --silent pulumi -- stack output gatewayUrl)/v1/chat/completions" -H 'content-type: application/json' -H 'X-Model-Affinity: mine' -d "{\\"model\\":\\"openai/gpt-4o-mini\\",\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"$1\\"}]}"; }`,
      ),
    );
    const routed = await reader.must(readmeCommand("ask 'Prove that 7 is prime.'"));
    const pinned = await reader.must(readmeCommand("ask 'What is the capital of France?'"));
    for (const answer of [routed, pinned]) assert.match(answer, /"model":"openai\/gpt-5\.2"/);
    assert.match(await reader.must(readmeCommand("npm run doctor")), /^Node\.js \d+/m);
  });

  it("breaks it by the documented switch, and sees the check that fails", async () => {
    await reader.must(readmeCommand("npm run pulumi -- config set standinFault memory-cache"));
    const { code, output } = await reader.type(readmeCommand("npm run pulumi -- up --yes"));
    assert.notEqual(code, 0, output);
    assert.match(output, /│ pinning\s+│ fail\s/);
    assert.match(output, /the affinity proof's verdict is fail: pinning: /);
    assertNoStackTrace(output);
  });

  it("fixes it", async () => {
    await reader.must(readmeCommand("npm run pulumi -- config set standinFault none"));
    assert.match(await reader.must(readmeCommand("npm run pulumi -- up --yes")), /Affinity: pass/);
  });

  it("takes it down, and nothing is left", async () => {
    await reader.must(readmeCommand("npm run pulumi -- destroy --yes"));
    assert.ok(!JSON.stringify(await machineState()).includes(name));
    // The tools are those of whoever runs this test: another home stands in for theirs.
    const home = join(reader.folder, "home");
    await mkdir(join(home, ".cache", "plano-affinity", "tools"), { recursive: true });
    await reader.must(`(HOME='${home}'; ${readmeCommand("rm -rf ~/.cache/plano-affinity")})`);
    assert.deepEqual(await readdir(join(home, ".cache")), []);
    await reader.must(readmeCommand("cd .. && rm -rf plano-affinity"));
    assert.ok(!existsSync(reader.clone));
  });
});
