import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withBackend } from "../../../commands/pulumi-environment";
import { isAlive } from "../../../lib/process";
import { waitFor } from "../../../lib/wait";
import { EngineStack, needsPulumi } from "../../stacks/engine";
import { commands, type FakeNode, KindMachine, others, ownerFile } from "../../integration/clusters/kind-machine";

const { create, remove } = commands;
const ROOT = join(__dirname, "..", "..", "..");

/** The kind part of the stack; what is in the cluster needs images that cannot be had. */
const program = `
import * as pulumi from "@pulumi/pulumi";
import { KindImage, makeKind } from "${ROOT}/clusters/kind/resources";
import { joinsKind, thisStack } from "${ROOT}/clusters/kind/join";
export = async () => {
  const joined = await joinsKind("demo", thisStack(), (text) => void pulumi.log.info(text));
  const parts = makeKind("cluster", { clusterName: "demo", joined }, {});
  const image = new KindImage("image", { cluster: "demo", clusterId: parts.identifier, reference: process.env.REFERENCE ?? "standin:1", ...(joined && { joined }) });
  const { kubeconfig, identifier, nodeAddress, jaegerPort } = parts;
  return { kubeconfig, identifier, nodeAddress, jaegerPort, reference: image.reference, root: parts.root !== undefined };
};
`;

describe("a kind cluster in a stack, with recording stand-ins for kind and docker", function () {
  this.timeout(600_000);

  before(async function () {
    await needsPulumi(this);
  });

  const load = (reference: string): string => `kind load docker-image ${reference} --name demo`;
  const { PATH } = process.env;
  const machineWith = (...nodes: FakeNode[]): Promise<KindMachine> => KindMachine.make(nodes, PATH);
  /** A stack on the machine that was made last. */
  const makeStack = async (): Promise<EngineStack> => {
    const stack = await EngineStack.of(program, { PATH: process.env.PATH });
    // Providers run the programs of the checkout that they are started in.
    await symlink(join(ROOT, "clusters"), join(stack.folder, "clusters"));
    return stack;
  };
  /** Brings the stack up, and gives what was changed at kind and Docker. */
  const up = async (machine: KindMachine, stack: EngineStack, ...options: string[]): Promise<string[]> => {
    await machine.forgetCalls();
    await stack.up(...options);
    return changes(machine);
  };
  const changes = async (machine: KindMachine): Promise<string[]> =>
    (await machine.commands()).filter((it) => /^(kind (create|delete|load)|docker start)/.test(it));

  it("is made, kept, started again, made anew when it is gone, and removed", async () => {
    await using machine = await machineWith();
    await using stack = await makeStack();
    assert.deepEqual(await up(machine, stack), [create, load("standin:1")]);
    const [made] = (await machine.state()).nodes as FakeNode[];
    assert.deepEqual(
      [await stack.output("identifier"), await stack.output("nodeAddress"), await stack.output("jaegerPort")],
      [made?.id, "127.0.0.1", 16_686],
    );
    assert.deepEqual([await stack.output("reference"), await stack.output("root")], ["standin:1", true]);
    const state = await stack.must("stack", "export");
    assert.ok(!state.includes("kubeconfig of"), "the kubeconfig is in the state in clear");

    assert.deepEqual(await up(machine, stack), []);
    assert.deepEqual(await up(machine, stack, "--refresh"), []);

    await machine.set({ nodes: [{ ...(made as FakeNode), running: false }] });
    await machine.forgetCalls();
    const preview = await stack.must("preview", "--expect-no-changes");
    assert.match(preview, /cluster: the kind cluster demo is stopped: pulumi up starts it/);
    assert.deepEqual(await changes(machine), []);
    assert.deepEqual(await up(machine, stack), ["docker start demo-control-plane"]);
    assert.equal(await stack.output("identifier"), made?.id);

    await machine.set({ nodes: [] });
    assert.deepEqual(await up(machine, stack), [create, load("standin:1")]);
    assert.notEqual(await stack.output("identifier"), made?.id);

    await machine.forgetCalls();
    await stack.destroy();
    assert.deepEqual([await changes(machine), (await machine.state()).nodes], [[remove], []]);
  });

  it("that exists is joined and kept; the preview says so", async () => {
    await using machine = await machineWith(others);
    await using stack = await makeStack();
    const preview = await stack.must("preview");
    assert.match(preview, /cluster: the kind cluster demo exists already: it is joined, and stays when the stack goes/);
    assert.deepEqual(await changes(machine), []);
    assert.deepEqual(await up(machine, stack), [load("standin:1")]);
    assert.equal(await stack.output("root"), false);
    assert.equal((await machine.state()).images?.[0]?.name, "docker.io/standin:1");
    await machine.forgetCalls();
    await stack.destroy();
    const { nodes, images } = await machine.state();
    assert.deepEqual([await changes(machine), nodes, images], [[], [others], []]);
  });

  it("that another took the name of is left alone: the stack joins that one", async () => {
    await using machine = await machineWith();
    await using stack = await makeStack();
    await up(machine, stack);
    await machine.set({ nodes: [others] });
    assert.deepEqual(await up(machine, stack), [load("standin:1")]);
    assert.deepEqual([await stack.output("identifier"), await stack.output("root")], ["theirs", false]);
    await stack.destroy();
    assert.deepEqual((await machine.state()).nodes, [others]);
  });

  it("whose engine is killed while it is made leaves nothing, and no lock; the next run makes it", async () => {
    await using machine = await machineWith();
    await using stack = await makeStack();
    await machine.set({ faults: { "kind create": { says: "", hangs: true } } });
    const run = stack.start("up", "--yes", "--skip-preview");
    const ended = once(run, "exit");
    const [kind = 0] = await machine.hanging();
    run.kill("SIGKILL");
    await ended;
    // Its plugins see that, then the provider's process, which ends kind and cleans up.
    const gone = async () => ((await machine.state()).nodes.length === 0 && !isAlive(kind)) || undefined;
    await waitFor({ subject: "the end of it all", limitMs: 60_000 }, gone);
    await waitFor({ subject: "the end of the record", limitMs: 60_000 }, () => !existsSync(ownerFile()) || undefined);
    await machine.set({ faults: {} });
    assert.match((await stack.pulumi("up", "--yes", "--skip-preview")).output, /the stack is currently locked by 1 lock/);
    // As `npm start` leaves it that was killed with its engine.
    const killed = `${run.pid} ${await readlink("/proc/self/ns/pid")}`;
    await writeFile(join(stack.folder, "state", ".pulumi", "running-1"), killed);
    await withBackend({}, join(stack.folder, "state"));
    assert.deepEqual(await up(machine, stack), [create, load("standin:1")]);
  });
});
