import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PrivateDocker, whyNoEngine } from "../integration/images/engine";
import { nodeImage } from "../integration/images/node-image";
import { htpasswd, password, PrivateRegistry, user } from "../integration/images/registry";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { Scratch } from "../../lib/testing/scratch";
import { connect } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { machineState, type MachineState, ownAddress } from "../stacks/machine";
import { TestStack } from "../stacks/stack";

/**
 * The setting `registry` for real: a build by a real engine, a push to a real registry that wants a login, a pull by
 * the sandbox's containerd by digest, with the credentials of `imagePullConfig`.
 */
describe("a stack whose images go through a private registry", function () {
  stepByStep(this);
  const environment = { ...process.env };
  let docker: PrivateDocker | undefined;
  let registry: PrivateRegistry | undefined;
  let stack: TestStack | undefined;
  let config: string | undefined;
  let untouched: MachineState;
  let repository: string;
  const theStack = (): TestStack => stack ?? assert.fail("there is no stack");

  before(async function () {
    const missing = await whyNoEngine();
    if (missing !== undefined) skipBecause(this, missing);
    // A sandbox reaches it too, for its default route leads here.
    const address = ownAddress();
    if (address === undefined) skipBecause(this, "this machine has no address but loopback, which a sandbox cannot reach");
    await removeLeftovers();
    untouched = await machineState();
    registry = await PrivateRegistry.start({ address, htpasswd });
    docker = await PrivateDocker.start([registry.host]);
    // What docs/images.md says of registries with plain HTTP.
    config = await mkdtemp(join(tmpdir(), "plano-affinity-config-"));
    const url = `http://${registry.host}`;
    const folder = join(config, "plano-affinity", "certs.d", registry.host);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "hosts.toml"), `server = "${url}"\n\n[host."${url}"]\n  capabilities = ["pull", "resolve"]\n`);
    {
      await using scratch = await Scratch.make();
      Object.assign(process.env, { PATH: environment.PATH, HOME: environment.HOME });
      const node = await nodeImage(scratch);
      delete process.env.XDG_CACHE_HOME;
      delete process.env.XDG_STATE_HOME;
      await docker.provide(node, "docker.io/library/node:24-slim");
    }
    Object.assign(process.env, docker.env, { XDG_CONFIG_HOME: config });
    await docker.run(["login", "--username", user, "--password-stdin", registry.host], { input: password });
    repository = `${registry.host}/team/plano`;
    stack = await TestStack.create("e2e-registry", { registry: repository });
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
    await docker?.[Symbol.asyncDispose]();
    await registry?.[Symbol.asyncDispose]();
    if (config !== undefined) await rm(config, { recursive: true, force: true });
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
  });

  it("builds and pushes, and says what is missing when the cluster may not pull", async () => {
    const output = await theStack().upFails();
    assert.match(output, /cannot pull the image \S+\/team\/plano@sha256:[0-9a-f]{64} /);
    assert.match(output, /→ .*pulumi config set --secret imagePullConfig/);
    assert.match((await registry?.tags("team/plano", { user, password }))?.join() ?? "", /^standin-[0-9a-f]{16}$/);
  });

  it("comes up and proves affinity, once the cluster has the credentials", async () => {
    const credentials = await readFile(join(docker?.folder ?? "", "config", "config.json"), "utf8");
    await theStack().setSecret("imagePullConfig", credentials);
    const output = await theStack().up();
    assert.match(output, /Affinity: pass/);
    // What the registry has is not built again.
    assert.doesNotMatch(output, /• (image|push) /);
    assert.doesNotMatch(output, new RegExp(Buffer.from(`${user}:${password}`).toString("base64")));

    const image = await theStack().output<string>("image");
    assert.ok(image.startsWith(`${repository}@sha256:`), image);
    const { core } = await connect(theStack());
    const pods = await core.listNamespacedPod({ namespace: "plano-demo" });
    // Replicas of the failed rollout may still be on their way out.
    const items = pods.items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    assert.ok(items.length >= 5, `${items.length} pods`);
    for (const { spec, metadata } of items)
      assert.deepEqual(
        spec?.imagePullSecrets?.map(({ name }) => name),
        ["plano-pull"],
        metadata?.name,
      );
    const gateways = items.filter((it) => it.metadata?.labels?.["app"] === "plano");
    assert.ok(gateways.length >= 2);
    for (const pod of gateways) assert.equal(pod.status?.containerStatuses?.[0]?.imageID, image);
  });

  it("changes nothing when nothing changed", async () => {
    const output = await theStack().must("preview", "--expect-no-changes");
    assert.doesNotMatch(output, /• (image|push) /);
  });

  it("pushes anew what the registry has lost", async () => {
    const image = await theStack().output<string>("image");
    await registry?.remove("team/plano", image.split("@")[1] ?? "", { user, password });
    const output = await theStack().up("--refresh");
    assert.match(output, /✓ push /);
    assert.equal((await registry?.tags("team/plano", { user, password }))?.length, 1);
  });

  it("goes without a trace on this machine, and leaves what was pushed", async () => {
    await theStack().destroy();
    assert.equal(await docker?.run(["images", "--quiet", "plano-affinity/standin"]), "");
    assert.equal((await registry?.tags("team/plano", { user, password }))?.length, 1);
    await docker?.[Symbol.asyncDispose]();
    assert.deepEqual(await machineState(), untouched);
  });
});
