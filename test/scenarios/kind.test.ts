import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { kindConfig } from "../../clusters/kind/config";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { waitFor } from "../../lib/wait";
import { StartedProcess } from "../../standin/testing/process";
import { chatBody, prompts } from "../stacks/attacks/chat";
import { engineFolder, nodeImage, nodeReference, startEngine } from "../stacks/kind-node/build";
import { KindEngine } from "../stacks/kind-node/engine";
import { provideNode } from "../stacks/kind-node/offline-npm";
import { namespace } from "../stacks/kube";
import { machineState, type MachineState } from "../stacks/machine";
import { statusRow, TestStack } from "../stacks/stack";

/** A node that kind starts in an engine of the tests' own; each test goes on where the one before ended. */
describe("a real kind node", function () {
  stepByStep(this);
  this.timeout(300_000);
  const environment = { ...process.env };
  const [own, theirs] = ["e2e-kind", "e2e-kind-joined"];
  let untouched: MachineState;
  let engine: KindEngine;
  let stack: TestStack;

  const leave = async (): Promise<void> => {
    // Skipped, or failed before: what is there may be another run's, and else the next one clears it.
    if (engine === undefined) return;
    await engine[Symbol.asyncDispose]();
    await KindEngine.clear(engineFolder());
    for (const it of Object.keys(process.env)) if (!(it in environment)) delete process.env[it];
    Object.assign(process.env, environment);
  };
  const newStack = (clusterName: string): Promise<TestStack> => {
    const settings = { cluster: "auto", clusterName, gateway: "standin", kindNodeImage: nodeReference };
    return TestStack.create(clusterName, settings, engine.inside);
  };

  before(async function () {
    this.timeout(720_000);
    const image = await nodeImage();
    if ("missing" in image) skipBecause(this, image.missing);
    await KindEngine.clear(engineFolder());
    untouched = await machineState();
    engine = await startEngine(image.data);
    Object.assign(process.env, engine.env);
    await provideNode(engine);
    stack = await newStack(own);
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await leave();
  });

  const kubectl = async <T = { items: { metadata: { name: string } }[] }>(cluster: string, ...args: string[]): Promise<T> => {
    const command = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", `--namespace=${namespace}`, "--output=json"];
    return JSON.parse(await engine.run("docker", "exec", `${cluster}-control-plane`, ...command, ...args)) as T;
  };
  const docker = async (...args: string[]): Promise<string[]> =>
    (await engine.run("docker", ...args))
      .split("\n")
      .filter((it) => it !== "")
      .sort();
  const addresses = async (): Promise<string[]> => [await stack.output("gatewayUrl"), await stack.output("jaegerUrl")];
  const published = ["http://127.0.0.1:32000", "http://127.0.0.1:16686"];
  /** `up` with a proof that passed. @returns what it printed */
  const proved = async (): Promise<string> => {
    const since = performance.now();
    const output = await stack.up();
    console.log(`      up in ${Math.round((performance.now() - since) / 1_000)} s`);
    assert.match(output, /Affinity: pass/);
    assert.equal((await stack.affinity()).verdict, "pass");
    return output;
  };

  it("is what auto chooses where Docker answers, and comes up with a proof", async () => {
    assert.match(await proved(), /cluster: auto chose kind, because Docker \d\S+ answers/);
    assert.deepEqual(await addresses(), published);
  });

  it("is found by verify and status", async () => {
    await stack.verify(["--namespace", namespace], 0);
    const mine = { PULUMI_BACKEND_URL: `file://${stack.folder}`, PULUMI_CONFIG_PASSPHRASE: "test", PULUMI_STACK: own };
    const { output } = await stack.npm(["status"], { ...process.env, ...mine, NO_COLOR: "1" });
    assert.match(statusRow(output, "verdict"), /^pass /);
    assert.match(statusRow(output, "replicas"), /^2 of 2 ready/);
    assert.ok(statusRow(output, "gateway at").startsWith(published[0] ?? ""), output);
  });

  it("has an autoscaler that sees load, and adds a replica", async () => {
    interface Autoscaler {
      readonly status: { readonly currentReplicas: number; readonly desiredReplicas: number };
    }
    const desired = async (): Promise<number> => (await kubectl<Autoscaler>(own, "get", "hpa", "plano")).status.desiredReplicas;
    assert.equal(await desired(), 2);
    const request = JSON.stringify({ method: "POST", headers: { connection: "close" }, body: chatBody(prompts.sum) });
    const url = `${published[0]}/v1/chat/completions`;
    const ask = `const ask = () => fetch("${url}", ${request}).then((it) => it.text()).catch(() => 0).then(ask);`;
    const inside = [
      "--pdeathsig",
      "KILL",
      ...engine.inside,
      process.execPath,
      "-e",
      `${ask} for (let n = 0; n < 16; n++) ask(); console.log("asking");`,
    ];
    const options = { name: "load", command: "setpriv", args: inside, ready: () => true };
    await using _ = await StartedProcess.start(options);
    await waitFor({ subject: "a third replica", limitMs: 180_000, intervalMs: 1_000 }, async () =>
      (await desired()) > 2 ? true : undefined,
    );
  });

  it("is started by up after its node was stopped", async () => {
    await engine.stopContainer(`${own}-control-plane`);
    assert.match(await proved(), /cluster: starting the kind cluster e2e-kind again/);
    assert.deepEqual(await addresses(), published);
  });

  it("is up again after a restart of the engine", async () => {
    await engine.restart();
    await proved();
  });

  it("is emptied by down, and stays", async () => {
    const { code, output } = await stack.down();
    assert.equal(code, 0, output);
    const { items } = await kubectl(own, "get", "namespaces");
    assert.ok(!items.some((it) => it.metadata.name === namespace));
  });

  it("goes with destroy", async () => {
    await stack.destroy();
    assert.deepEqual(await docker("ps", "--all", "--quiet"), []);
    assert.deepEqual(await docker("volume", "ls", "--quiet"), []);
    assert.deepEqual(await docker("images", "--filter", "reference=plano-affinity/*", "--format", "{{.Repository}}:{{.Tag}}"), [
      nodeReference,
    ]);
    await stack[Symbol.asyncDispose]();
  });

  it("is checked, joined and left as it was where somebody else made it", async () => {
    const address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    const images = (): Promise<string> =>
      engine.run("docker", "exec", `${theirs}-control-plane`, "ctr", "--namespace=k8s.io", "images", "ls", "--quiet");
    const kubeconfig = join(engine.folder, "kubeconfig");
    const config = join(engine.folder, "kind.yaml");
    // Nothing published, and no more than its kubelet needs on cgroup v1.
    const { nodes: _, ...bare } = parse(kindConfig("1")) as Record<string, unknown>;
    await writeFile(config, stringify(bare));
    const made = ["--name", theirs, "--image", nodeReference, "--config", config, "--wait", "120s", "--kubeconfig", kubeconfig];
    await engine.run("kind", "create", "cluster", ...made);
    const [container, before] = [await docker("ps", "--quiet"), await images()];
    stack = await newStack(theirs);
    const refused = await stack.upFails();
    assert.match(refused, /metricsServer: the cluster has no metrics API[^]*pulumi config set metricsServer install/);
    await stack.configure({ metricsServer: "install" });
    assert.match(await proved(), new RegExp(`the kind cluster ${theirs} exists already: it is joined, and stays`));
    const [node] = /[\d.]{7,}/.exec(await engine.run("docker", "inspect", "--format", address, `${theirs}-control-plane`)) ?? [];
    assert.deepEqual(await addresses(), [`http://${node}:32000`, `http://${node}:31686`]);
    await stack.destroy();
    assert.deepEqual(await docker("ps", "--quiet"), container);
    assert.equal(await images(), before);
  });

  it("leaves nothing on the machine", async () => {
    await stack[Symbol.asyncDispose]();
    await leave();
    assert.deepEqual(await machineState(), untouched);
  });
});
