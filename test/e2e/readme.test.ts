import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { run } from "../../sandbox/common/command";
import { listSandboxes } from "../../sandbox/lifecycle/registry";
import { removeSandbox } from "../../sandbox/lifecycle/sandbox";
import type { Report } from "../../verify";
import { readmeCommand } from "../readme";
import { readersEnvironment, ReadersShell } from "../readme-shell";
import { skipBecause, stepByStep } from "../skip";
import { machineState } from "../stacks/machine";
import { OutsideCluster } from "../stacks/outside-cluster";
import { assertNoStackTrace, type Outcome } from "../stacks/stack";

const project = join(__dirname, "..", "..");
/** The reader's cluster; the README's own name is left to whoever uses this machine. */
const name = "e2e-readme";
const outside = "e2e-readme-outside";

/** What is in this checkout now, in the place of what was committed last. */
async function asWorkingTree(clone: string): Promise<void> {
  for (const entry of await readdir(clone)) if (entry !== ".git") await rm(join(clone, entry), { recursive: true });
  const files = await run("git", ["-C", project, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
  for (const file of files.split("\0").filter((it) => it !== "" && existsSync(join(project, it)))) {
    await mkdir(dirname(join(clone, file)), { recursive: true });
    await cp(join(project, file), join(clone, file));
  }
}

/** The settings that a test needs beside the README's, as if they had been set before. */
async function preset(clone: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`plano-affinity:${key}`, value]));
  await writeFile(join(clone, "Pulumi.dev.yaml"), stringify({ config }));
}

async function removeOurs(): Promise<void> {
  for (const it of await listSandboxes()) if (it.name === name || it.name === outside) await removeSandbox(it);
}

/** The README from its first command to its last, by somebody who has nothing else; each test goes on where the one before ended. */
describe("a reader of the README", function () {
  stepByStep(this);
  this.timeout(600_000);
  let folder: string;
  let clone: string;
  let modules: string;
  let shell: ReadersShell;
  let cluster: OutsideCluster | undefined;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    if (!existsSync(join(project, ".git"))) skipBecause(this, "this is no clone, so that it cannot be cloned");
    await removeOurs();
    folder = await mkdtemp(join(tmpdir(), "plano-affinity-reader-"));
    clone = join(folder, "plano-affinity");
    modules = join(folder, "packages");
    shell = new ReadersShell(folder, readersEnvironment());
  });

  after(async () => {
    await shell?.[Symbol.asyncDispose]();
    await cluster?.[Symbol.asyncDispose]();
    await removeOurs();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  const type = (command: string, typed?: string): Promise<Outcome> => shell.run(command, typed);
  const must = async (command: string, typed?: string): Promise<string> => {
    const { code, output } = await type(command, typed);
    assert.equal(code, 0, `${command}\n${output}`);
    return output;
  };

  it("clones it, and comes with one command from nothing to a verdict", async () => {
    await must(
      readmeCommand("git clone <url of this repository> plano-affinity && cd plano-affinity", {
        "<url of this repository>": project,
      }),
    );
    await asWorkingTree(clone);
    await preset(clone, { clusterName: name, cluster: "sandbox" });
    const output = await must(readmeCommand("npm start"));
    for (const check of ["control", "pinning", "redis", "traces"]) assert.match(output, new RegExp(`│ ${check}\\s+│ pass\\s`));
    assert.match(output, /^Affinity: pass, 4 sessions on 2 replicas of the stand-in gateway\.$/m);
    assert.match(output, /^ {2}gateway {2}http:\S+\n {2}Jaeger {3}http:/m);
  });

  it("looks around", async () => {
    const status = await must(readmeCommand("npm run status"));
    assert.match(status, /^cluster\s+sandbox e2e-readme at https:/m);
    assert.match(status, /^verdict\s+pass /m);
    assert.match(await must(readmeCommand("npm run open -- --print")), /gateway {2}http:\S+\/v1\/models\n/);
    const verified = await must(readmeCommand("npm run verify"));
    assert.match(verified, /cluster: the sandbox e2e-readme of the stack dev\n/);
    assert.match(verified, /Affinity: pass\n/);
    await must(
      readmeCommand(
        `ask() { curl -s "$(npm run --silent pulumi -- stack output gatewayUrl)/v1/chat/completions" -H 'content-type: application/json' -H 'X-Model-Affinity: mine' -d "{\\"model\\":\\"openai/gpt-4o-mini\\",\\"messages\\":[{\\"role\\":\\"user\\",\\"content\\":\\"$1\\"}]}"; }`,
      ),
    );
    const routed = await must(readmeCommand("ask 'Prove that 7 is prime.'"));
    const pinned = await must(readmeCommand("ask 'What is the capital of France?'"));
    for (const answer of [routed, pinned]) assert.match(answer, /"model":"openai\/gpt-5\.2"/);
    assert.match(await must(readmeCommand("npm run doctor")), /^Node\.js \d+/m);
  });

  it("breaks it by the documented switch, and sees the check that fails", async () => {
    await must(readmeCommand("npm run pulumi -- config set standinFault memory-cache"));
    const { code, output } = await type(readmeCommand("npm run pulumi -- up --yes"));
    assert.notEqual(code, 0, output);
    assert.match(output, /│ pinning\s+│ fail\s/);
    assert.match(output, /the affinity proof's verdict is fail: pinning: /);
    assertNoStackTrace(output);
  });

  it("mends it", async () => {
    await must(readmeCommand("npm run pulumi -- config set standinFault none"));
    assert.match(await must(readmeCommand("npm run pulumi -- up --yes")), /Affinity: pass/);
  });

  it("takes it down, and nothing is left", async () => {
    await must(readmeCommand("npm run pulumi -- destroy --yes"));
    assert.ok(!JSON.stringify(await machineState()).includes(name));
    // The tools are those of whoever runs this test: another home stands in for theirs.
    const home = join(folder, "home");
    await mkdir(join(home, ".cache", "plano-affinity", "tools"), { recursive: true });
    await must(`(HOME='${home}'; ${readmeCommand("rm -rf ~/.cache/plano-affinity")})`);
    assert.deepEqual(await readdir(join(home, ".cache")), []);
    // Kept for the next clone, which would install the same.
    await rename(join(clone, "node_modules"), modules);
    await must(readmeCommand("cd .. && rm -rf plano-affinity"));
    assert.ok(!existsSync(clone));
  });

  it("joins a cluster that another made, and proves the stack there", async () => {
    cluster = await OutsideCluster.start(outside);
    const KUBECONFIG = await cluster.kubeconfig("my-context");
    await shell[Symbol.asyncDispose]();
    await cloneAgain();
    const { PATH = "", ...env } = readersEnvironment();
    const prefix = join(folder, "global");
    shell = new ReadersShell(clone, { ...env, KUBECONFIG, npm_config_prefix: prefix, PATH: `${join(prefix, "bin")}:${PATH}` });
    // Plano's image, OpenAI and load balancers are not to be had here.
    await preset(clone, { gateway: "standin", image: cluster.image, upstream: "stub", serviceType: "NodePort" });
    await must(readmeCommand("npm run pulumi -- stack select --create dev"));
    await must(readmeCommand("npm run pulumi -- config set cluster existing"));
    await must(readmeCommand("npm run pulumi -- config set context my-context"));
    await must(readmeCommand("npm run pulumi -- config set --secret OPENAI_API_KEY"), "sk-of-the-tests\n");
    assert.ok(!(await readFile(join(clone, "Pulumi.dev.yaml"), "utf8")).includes("sk-of-the-tests"));
    assert.match(
      await must(readmeCommand("npm run pulumi -- preview")),
      /in my-context, outside the namespace plano-demo, the stack makes: Namespace plano-demo\n/,
    );
    assert.match(await must(readmeCommand("npm run pulumi -- up --yes")), /Affinity: pass/);
    const output = await must(readmeCommand("npm run --silent pulumi -- stack output affinity --json"));
    assert.equal((JSON.parse(output.slice(output.indexOf("{"))) as { verdict: string }).verdict, "pass");
  });

  it("has it as a gate, without the checkout", async () => {
    await must(readmeCommand("npm pack && npm install -g ./plano-affinity-0.1.0.tgz"));
    const gate = readmeCommand(
      "plano-affinity verify --context my-context --namespace plano-demo --report junit=report.xml --report json=report.json",
    );
    await must(gate);
    const report = JSON.parse(await readFile(join(clone, "report.json"), "utf8")) as Report;
    assert.equal(report.verdict, "pass");
    assert.match(await readFile(join(clone, "report.xml"), "utf8"), /<testsuites? /);
  });

  it("verifies the pods of a cluster, and disturbs them", async () => {
    await must(readmeCommand("npm run verify -- --context my-context --namespace plano-demo --selector app=plano"));
    const output = await must(
      readmeCommand("npm run verify -- --context my-context --namespace plano-demo --checks scale,faults --yes"),
    );
    for (const check of ["scale", "faults"]) assert.match(output, new RegExp(`│ ${check}\\s+│ pass\\s`));
  });

  it("leaves the cluster without the stack", async () => {
    await must(readmeCommand("npm run pulumi -- destroy --yes"));
    const { items = [] } = (await cluster?.api.core.listNamespace()) ?? {};
    const namespaces = items.map(({ metadata }) => metadata?.name);
    assert.ok(namespaces.includes("kube-system") && !namespaces.includes("plano-demo"), namespaces.join(", "));
  });

  /** The clone once more, with the packages of the first. */
  async function cloneAgain(): Promise<void> {
    await mkdir(clone);
    await asWorkingTree(clone);
    await rename(modules, join(clone, "node_modules"));
  }
});
