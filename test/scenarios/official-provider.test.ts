import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stepByStep } from "../../lib/testing/skip";
import { findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";
import { connect, namespace, podNames } from "../stacks/kube";
import { needsSandbox } from "../stacks/leftovers";
import { type MachineState, machineState } from "../stacks/machine";
import { installOfficial, needsProvider } from "../stacks/official-plugins/provider";
import { OutsideCluster } from "../stacks/outside-cluster";
import { assertUnchanged, TestStack } from "../stacks/stack";

/** What everybody with internet access gets; each test goes on where the one before ended. */
describe("Pulumi's own Kubernetes provider", function () {
  stepByStep(this);
  this.timeout(300_000);
  const { KUBECONFIG } = process.env;
  const name = "e2e-official";
  const remembered = join(__dirname, "..", "..", ".pulumi", `plugins-${name}`);
  const minimal = { PATH: process.env.PATH, PULUMI_HOME: process.env.PULUMI_HOME };
  let untouched: MachineState;
  let official: NodeJS.ProcessEnv;
  let folder: string | undefined;
  let stack: TestStack;

  before(async function () {
    this.timeout(900_000);
    const provider = await needsProvider(this);
    await needsSandbox(this);
    untouched = await machineState();
    folder = await mkdtemp(join(tmpdir(), "plano-affinity-official-"));
    official = await installOfficial(this, provider, folder);
    await rm(remembered, { force: true });
    stack = await TestStack.create(name, {}, [], { ...official, PULUMI_STACK: name });
  });
  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    for (const it of [folder, remembered]) if (it !== undefined) await rm(it, { recursive: true, force: true });
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
  });

  const proved = async (...options: string[]): Promise<string> => {
    const output = await stack.up(...options);
    assert.match(output, /Affinity: pass/);
    return output;
  };

  it("brings a stack up, with a proof", async () => {
    await proved();
    assert.equal(await readFile(remembered, "utf8"), "official");
  });

  it("finds nothing to do in a second up", async () => assertUnchanged(await stack.up()));

  it("scales to three replicas", async () => {
    await stack.configure({ minReplicas: 3 });
    const output = await proved();
    assert.match(output, /HorizontalPodAutoscaler plano-autoscaler updated/);
    assert.equal((await podNames(await connect(stack), "plano")).length, 3);
    await stack.configure({ minReplicas: undefined });
  });

  it("takes a new password of Redis, and keeps it to itself", async () => {
    const password = "ANewPasswordOfTheTests1";
    await stack.setSecret("redisPassword", password);
    assert.ok(!(await proved()).includes(password));
    const { core } = await connect(stack);
    const { data } = await core.readNamespacedSecret({ namespace, name: "plano-secrets" });
    assert.equal(Buffer.from(data?.["REDIS_PASSWORD"] ?? "", "base64").toString(), password);
    assert.ok(!(await stack.must("stack", "export")).includes(password));
  });

  it("refreshes at once after its node was killed, and is whole again", async () => {
    process.kill((await findProcess(sandboxFolder(name))) ?? assert.fail("there is no node"), "SIGKILL");
    // This provider says once and for all whether a cluster can be reached: it has to be up before.
    assert.doesNotMatch(await stack.up("--refresh"), /\d+ (deleted|created|replaced)/);
    assertUnchanged(await stack.up("--refresh"));
  });

  it("hands its stack to the minimal one, which says so, and takes it back", async () => {
    stack.changeEnvironment(minimal);
    assert.match(
      await proved(),
      /Pulumi: this stack changes to this project's minimal plugins: this Pulumi was built without them\n/,
    );
    await stack.configure({ minReplicas: 3 });
    await proved();
    assertUnchanged(await stack.up());
    stack.changeEnvironment(official);
    assert.match(await proved(), /Pulumi: this stack changes to the official plugins\n/);
    await stack.configure({ minReplicas: undefined });
    await proved();
    assertUnchanged(await stack.up());
  });

  it("takes everything down", async () => {
    await stack.destroy();
    assert.deepEqual(await machineState(), untouched);
  });

  it("joins a cluster that no stack made, and leaves it", async () => {
    await using cluster = await OutsideCluster.start("e2e-official-outside");
    process.env.KUBECONFIG = await cluster.kubeconfig("admin");
    stack.changeEnvironment({ KUBECONFIG: process.env.KUBECONFIG });
    await stack.configure({ cluster: "existing", gateway: "standin", image: cluster.image, serviceType: "NodePort" });
    await proved();
    assertUnchanged(await stack.up());
    await stack.destroy();
    await assert.rejects(cluster.api.core.readNamespace({ name: namespace }), { code: 404 });
  });
});
