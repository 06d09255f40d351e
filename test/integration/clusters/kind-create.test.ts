import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { removeKind, type RunningKind } from "../../../clusters/kind/cluster";
import { createKind } from "../../../clusters/kind/create";
import { kindKubeconfig, ownershipOf, recordOwner } from "../../../clusters/kind/owner";
import { isAlive } from "../../../lib/process";
import { waitFor } from "../../../lib/wait";
import { silentProgress } from "../../../lib/progress";
import { listening } from "../../../lib/testing/listening";
import { nodeImage } from "../../../clusters/kind/config";
import { commands, KindMachine, others, ownerFile, request } from "./kind-machine";

const { create, inspect, kubeconfig, ps, ready, remove } = commands;

describe("a kind cluster that is made, with recording stand-ins for kind and docker", function () {
  this.timeout(60_000);
  let machine: KindMachine;

  beforeEach(async () => void (machine = await KindMachine.make()));
  afterEach(() => machine[Symbol.asyncDispose]());

  const make = (joined = false): Promise<RunningKind> => createKind({ ...request, joined }, silentProgress);
  const fail = (command: string, says: string) => machine.set({ faults: { [command]: { says } } });

  it("is made with the pinned image, the ports on 127.0.0.1, and a kubeconfig that is not the user's", async () => {
    const DOCKER_HOST = "unix:///run/mine.sock";
    Object.assign(process.env, { KIND_EXPERIMENTAL_PROVIDER: "podman", KIND_CLUSTER_NAME: "other", DOCKER_HOST });
    const made = await make();
    const [{ id } = others] = (await machine.state()).nodes;
    const address = { nodeAddress: "127.0.0.1", jaegerPort: 16_686 };
    assert.deepEqual(made, { clusterId: id, kubeconfig: `kubeconfig of ${id}\n`, ...address });
    assert.deepEqual(await machine.steps(), [create, ready, kubeconfig]);
    const call = (await machine.calls()).find((it) => it.command === create);
    assert.deepEqual(call?.env, { DOCKER_HOST });
    assert.deepEqual(parse(call?.stdin ?? ""), {
      kind: "Cluster",
      apiVersion: "kind.x-k8s.io/v1alpha4",
      nodes: [
        {
          role: "control-plane",
          extraPortMappings: [
            { containerPort: 32_000, hostPort: 32_000, listenAddress: "127.0.0.1", protocol: "TCP" },
            { containerPort: 31_686, hostPort: 16_686, listenAddress: "127.0.0.1", protocol: "TCP" },
          ],
        },
      ],
    });
    assert.equal(existsSync(join(machine.folder, ".kube")), false);
  });

  it("has a kubelet that starts where Docker runs on cgroup v1", async () => {
    await machine.set({ cgroupVersion: "1" });
    await make();
    const config = parse((await machine.calls()).find((it) => it.command === create)?.stdin ?? "") as Record<string, string[]>;
    assert.deepEqual(
      config["kubeadmConfigPatches"]?.map((it) => parse(it) as unknown),
      [{ apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", failCgroupV1: false }],
    );
  });

  it("is made with the image that was chosen", async () => {
    const chosen = "mirror.example/kindest/node:v1.34.0";
    await createKind({ ...request, nodeImage: chosen }, silentProgress);
    assert.ok((await machine.commands()).includes(create.replace(nodeImage, chosen)));
  });

  it("is waited for beyond kind's own patience", async () => {
    await machine.set({ faults: { "docker exec": { says: "The connection to the server was refused", times: 2 } } });
    await make();
    assert.equal((await machine.commands()).filter((it) => it === ready).length, 3);
  });

  it("that was to be joined and is gone, or that came up meanwhile, is neither made nor removed", async () => {
    await assert.rejects(make(true), { message: "cluster: the kind cluster demo is gone.\n  → run again to make another" });
    const appeared = {
      message:
        "cluster: a kind cluster demo that this stack did not make has just come up.\n" +
        "  → run again to join it, or choose another name: pulumi config set clusterName …",
    };
    await machine.set({ nodes: [others] });
    await assert.rejects(make(), appeared);
    // As close as it can be: after we looked, before kind did.
    await machine.set({ nodes: [] });
    await fail("kind create", 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "demo"');
    await assert.rejects(make(), appeared);
    assert.equal((await machine.state()).nodes.length, 1);
    assert.ok(!(await machine.commands()).includes(remove));
  });

  it("of ours that the stack lost is not removed unasked", async () => {
    const { clusterId } = await make();
    await machine.forgetCalls();
    await assert.rejects(make(), {
      message:
        "clusterName: the kind cluster demo was made by this stack, whose state is lost (.pulumi, or another backend).\n" +
        "  → kind delete cluster --name demo, and run again; or bring the state back",
    });
    assert.deepEqual(await machine.commands(), [ps, inspect(clusterId)]);
    assert.deepEqual(
      (await machine.state()).nodes.map((it) => it.id),
      [clusterId],
    );
  });

  for (const joined of [false, true])
    it(`leaves its kubeconfig to people who have no kind, ${joined ? "joined" : "made"}, and takes back what it made`, async () => {
      if (joined) await machine.set({ nodes: [others] });
      const running = await make(joined);
      const file = kindKubeconfig("demo", request);
      assert.equal(await readFile(file, "utf8"), running.kubeconfig);
      await removeKind({ ...request, joined, ...running }, silentProgress);
      assert.equal(existsSync(file), false);
      assert.deepEqual((await machine.state()).nodes, joined ? [others] : []);
    });

  it("that cannot be made leaves nothing half-made, and says what helps", async () => {
    await fail("kind create", "ERROR: failed to create cluster: the moon is full");
    await assert.rejects(make(), {
      message:
        /^cluster: kind could not make the cluster demo\.\n {2}→ `.*kind create cluster --name demo .*` shows all of it\n {2}kind said:\n {4}ERROR: .*the moon is full$/,
    });
    assert.deepEqual(await machine.steps(), [create, remove]);
    assert.deepEqual((await machine.state()).nodes, []);
    assert.equal(existsSync(ownerFile()), false);
  });

  it("is not begun where another program listens at one of its ports", async () => {
    await using _ = await listening(createServer(), 16_686);
    await assert.rejects(make(), { message: /^cluster: kind publishes .* another program listens at 16686 / });
    assert.deepEqual(await machine.commands(), [ps]);
  });

  for (const way of ["the run's file", "a signal"])
    it(`that is interrupted while its process makes it leaves nothing: by ${way}`, async () => {
      await machine.set({ faults: { "kind create": { says: "", hangs: true } } });
      const running = join(machine.folder, "running");
      await writeFile(running, "");
      const child = spawn(process.execPath, ["--require", "tsx/cjs", "clusters/kind-provider.ts", "create"], {
        env: { ...process.env, PLANO_AFFINITY_RUNNING: running },
      });
      child.stdin.end(JSON.stringify(request));
      const [ended, told] = [once(child, "close"), text(child.stderr)];
      await machine.hanging();
      if (way === "a signal") child.kill("SIGINT");
      else await rm(running);
      assert.equal((await ended)[0], 1);
      assert.match(await told, /\ninterrupted\n$/);
      assert.deepEqual(await machine.steps(), [create, remove]);
      assert.deepEqual((await machine.state()).nodes, []);
    });

  it("whose process is killed while it makes it ends with it, and the next run removes what is left and makes it anew", async () => {
    await machine.set({ faults: { "kind create": { says: "", hangs: true } } });
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "clusters/kind-provider.ts", "create"], { stdio: "pipe" });
    child.stdin.end(JSON.stringify(request));
    const [kind = 0] = await machine.hanging();
    const [left] = (await machine.state()).nodes;
    const recorded = () => readFile(ownerFile(), "utf8");
    await waitFor(
      { subject: "the record", limitMs: 20_000 },
      async () => (await recorded()).includes(left?.id ?? "?") || undefined,
    );
    child.kill("SIGKILL");
    await waitFor({ subject: "the end of kind", limitMs: 20_000 }, () => !isAlive(kind) || undefined);
    await machine.set({ faults: {} });
    await machine.forgetCalls();
    // It waits for the lock of the dead process.
    const { clusterId } = await make();
    assert.deepEqual(await machine.steps(), [remove, create, ready, kubeconfig]);
    assert.notEqual(clusterId, left?.id);
    assert.deepEqual(await ownershipOf("demo", request), { clusterId });
  });

  it("is not taken for the half-made one that another has the name of", async () => {
    await recordOwner("demo", request, { begun: "gone" });
    await machine.set({ nodes: [others] });
    await assert.rejects(make(), { message: /^cluster: a kind cluster demo that this stack did not make has just come up/ });
    assert.deepEqual([await machine.steps(), (await machine.state()).nodes], [[], [others]]);
  });

  it("says so when the cleaning up fails too, and keeps the cause", async () => {
    await machine.set({ faults: { "kind create": { says: "no space left on device" }, "kind delete": { says: "no luck" } } });
    const told: string[] = [];
    const progress = { ...silentProgress, info: (it: string) => void told.push(it) };
    await assert.rejects(createKind(request, progress), { message: /^cluster: .*the disk is full/ });
    assert.match(told.join(), /^cleaning up failed as well: `.*kind delete cluster .*` exited with 1:\n {2}no luck$/);
    const { owner, ownerFolder } = request;
    const { begun, ...recorded } = JSON.parse(await readFile(ownerFile(), "utf8")) as { begun?: string };
    assert.deepEqual(recorded, { owner, ownerFolder }, "what is left would be joined as somebody else's");
    assert.ok(begun === undefined || begun === (await machine.state()).nodes[0]?.id);
  });
});
