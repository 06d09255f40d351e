import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { parse } from "yaml";
import { kindKubeconfig } from "../../../clusters/kind/owner";
import { stateDir } from "../../../lib/paths";
import { listening } from "../../../lib/testing/listening";
import { create, inspect, kubeconfig, others, ps, ready, remove, request, withCluster, KindMachine } from "./kind-machine";

describe("a kind cluster that is made, with recording stand-ins for kind and docker", function () {
  this.timeout(60_000);

  it("is made with the pinned image, the ports on 127.0.0.1, and a kubeconfig that is not the user's", async () => {
    await using machine = await KindMachine.make();
    const { code, outputs } = await machine.operate("create", request, {
      KIND_EXPERIMENTAL_PROVIDER: "podman",
      KIND_CLUSTER_NAME: "other",
      DOCKER_HOST: "unix:///run/mine.sock",
    });
    assert.equal(code, 0);
    const [node] = (await machine.state()).nodes;
    const id = node?.id ?? "";
    assert.deepEqual(outputs, {
      clusterId: id,
      kubeconfig: `kubeconfig of ${id}\n`,
      nodeAddress: "127.0.0.1",
      jaegerPort: 16_686,
    });
    assert.deepEqual(await machine.commands(), [ps, create, ps, inspect(id), ready, kubeconfig]);
    const call = (await machine.calls()).find((it) => it.command === create);
    assert.deepEqual(call?.env, { DOCKER_HOST: "unix:///run/mine.sock" });
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

  it("is waited for beyond kind's own patience", async () => {
    await using machine = await KindMachine.make();
    await machine.set({ faults: { "docker exec": { says: "The connection to the server was refused", times: 2 } } });
    assert.equal((await machine.operate("create", request)).code, 0);
    assert.equal((await machine.commands()).filter((it) => it === ready).length, 3);
  });

  it("that somebody else made is joined, and stays when the stack goes", async () => {
    await using machine = await KindMachine.make([others]);
    const { code, outputs } = await machine.operate("create", { ...request, joined: true });
    assert.equal(code, 0);
    assert.deepEqual(outputs, { clusterId: "theirs", kubeconfig: "kubeconfig of theirs\n" });
    assert.deepEqual(await machine.commands(), [ps, inspect("theirs"), kubeconfig]);
    await machine.forgetCalls();
    assert.equal((await machine.operate("remove", { ...request, joined: true, clusterId: "theirs" })).code, 0);
    assert.deepEqual([await machine.commands(), (await machine.state()).nodes], [[], [others]]);
  });

  it("that was to be joined and is gone, or that came up meanwhile, is neither made nor removed", async () => {
    await using machine = await KindMachine.make();
    const gone = await machine.operate("create", { ...request, joined: true });
    assert.deepEqual([gone.code, gone.message], [1, "cluster: the kind cluster demo is gone.\n  → run again to make another"]);
    const appeared =
      "cluster: a kind cluster demo that this stack did not make has just come up.\n" +
      "  → run again to join it, or choose another name: pulumi config set clusterName …";
    await machine.set({ nodes: [others] });
    assert.equal((await machine.operate("create", request)).message, appeared);
    // As close as it can be: after we looked, before kind did.
    await machine.set({
      nodes: [],
      faults: {
        "kind create": { says: 'ERROR: failed to create cluster: node(s) already exist for a cluster with the name "demo"' },
      },
    });
    assert.equal((await machine.operate("create", request)).message, appeared);
    assert.equal((await machine.state()).nodes.length, 1);
    assert.ok(!(await machine.commands()).includes(remove));
  });

  it("of ours that the stack lost is not removed unasked", async () => {
    await using machine = await withCluster();
    const { code, message } = await machine.operate("create", request);
    assert.deepEqual(
      [code, message],
      [
        1,
        "clusterName: the kind cluster demo was made by this stack, whose state is lost (.pulumi, or another backend).\n" +
          "  → kind delete cluster --name demo, and run again; or bring the state back",
      ],
    );
    assert.deepEqual(await machine.commands(), [ps, inspect(machine.id)]);
    assert.deepEqual(
      (await machine.state()).nodes.map((it) => it.id),
      [machine.id],
    );
  });

  it("leaves its kubeconfig to people who have no kind, made or joined, and takes it back", async () => {
    for (const joined of [false, true]) {
      await using machine = await KindMachine.make(joined ? [others] : []);
      const { outputs } = await machine.operate("create", { ...request, joined });
      const file = join(machine.folder, "state", "plano-affinity", relative(stateDir(), kindKubeconfig("demo", request)));
      assert.equal(await readFile(file, "utf8"), outputs["kubeconfig"]);
      assert.equal((await machine.operate("remove", { ...request, joined, ...outputs })).code, 0);
      assert.equal(existsSync(file), false);
    }
  });

  it("that cannot be made leaves nothing half-made, and says what helps", async () => {
    await using machine = await KindMachine.make();
    await machine.set({ faults: { "kind create": { says: "ERROR: failed to create cluster: the moon is full" } } });
    const failed = await machine.operate("create", request);
    assert.equal(failed.code, 1);
    assert.match(
      failed.message,
      /^cluster: kind could not make the cluster demo\.\n {2}→ `.*kind create cluster --name demo .*` shows all of it\n {2}kind said:\n {4}ERROR: .*the moon is full$/,
    );
    assert.deepEqual(await machine.commands(), [ps, create, remove]);
    assert.deepEqual((await machine.state()).nodes, []);
    assert.equal(existsSync(join(machine.folder, "state", "plano-affinity", "kind", "demo.json")), false);
  });

  it("is not begun where another program listens at one of its ports", async () => {
    await using machine = await KindMachine.make();
    await using _ = await listening(createServer(), 16_686);
    const failed = await machine.operate("create", request);
    assert.match(failed.message, /^cluster: kind publishes .* another program listens at 16686 /);
    assert.deepEqual(await machine.commands(), [ps]);
  });

  it("that is interrupted while it is made leaves nothing: by the run's file, and by a signal", async () => {
    for (const way of ["file", "signal"]) {
      await using machine = await KindMachine.make();
      await machine.set({ faults: { "kind create": { says: "", hangs: true } } });
      const running = join(machine.folder, "running");
      await writeFile(running, "");
      const child = machine.start("create", request, { PLANO_AFFINITY_RUNNING: running });
      const ended = once(child, "close");
      const told = text(child.stderr ?? assert.fail("no standard error"));
      await machine.untilHanging();
      if (way === "file") await rm(running);
      else child.kill("SIGINT");
      const [code] = (await ended) as [number];
      assert.equal(code, 1);
      assert.match(await told, /\ninterrupted\n$/);
      assert.deepEqual(await machine.commands(), [ps, create, remove]);
      assert.deepEqual((await machine.state()).nodes, []);
    }
  });

  it("says so when the cleaning up fails too, and keeps the cause", async () => {
    await using machine = await KindMachine.make();
    await machine.set({ faults: { "kind create": { says: "no space left on device" }, "kind delete": { says: "no luck" } } });
    const { message } = await machine.operate("create", request);
    assert.match(
      message,
      /^cleaning up failed as well: `.*kind delete cluster .*` exited with 1:\n {2}no luck\ncluster: .*the disk is full/,
    );
    const record = join(machine.folder, "state", "plano-affinity", "kind", "demo.json");
    const { owner, ownerFolder } = request;
    assert.deepEqual(
      JSON.parse(await readFile(record, "utf8")),
      { owner, ownerFolder },
      "what is left would be joined as somebody else's",
    );
  });
});
