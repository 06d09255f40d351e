import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  inspect,
  kubeconfig,
  others,
  ps,
  ready,
  remove,
  request,
  withCluster,
  type FakeNode,
  type FakeState,
  KindMachine,
  ownPorts,
} from "./kind-machine";

describe("a kind cluster that was made, with recording stand-ins for kind and docker", function () {
  this.timeout(60_000);

  it("is not begun, and not taken for gone, where Docker does not answer", async () => {
    await using machine = await withCluster();
    const says = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
    await machine.set({ faults: { "docker ps": { says } } });
    for (const operation of ["create", "ensure", "status", "remove"]) {
      const failed = await machine.operate(operation, machine.made);
      assert.equal(failed.code, 1, operation);
      assert.match(
        failed.message,
        /^cluster: kind's nodes are Docker's containers: the Docker daemon does not answer\.\n {2}→ start Docker/,
      );
    }
    assert.ok((await machine.commands()).every((it) => it === ps));
    assert.equal((await machine.state()).nodes.length, 1);
  });

  it("has a status: it runs, it stopped, it is gone, or another has its name", async () => {
    await using machine = await withCluster();
    const { id } = machine;
    const status = async (): Promise<unknown> => (await machine.operate("status", { name: "demo" })).outputs;
    assert.deepEqual(await status(), { exists: true, running: true, clusterId: id });
    const [node] = (await machine.state()).nodes;
    await machine.set({ nodes: [{ ...(node as FakeNode), running: false }] });
    assert.deepEqual(await status(), { exists: true, running: false, clusterId: id });
    await machine.set({ nodes: [others] });
    assert.deepEqual(await status(), { exists: true, running: true, clusterId: "theirs" });
    await machine.set({ nodes: [] });
    assert.deepEqual(await status(), { exists: false, running: false });
  });

  it("whose node stopped is started again, and its kubeconfig read anew", async () => {
    await using machine = await withCluster();
    const { made, id } = machine;
    await machine.set({ nodes: [{ cluster: "demo", id, running: false, ports: ownPorts }] });
    const { outputs } = await machine.operate("ensure", made);
    assert.deepEqual({ ...request, ...outputs }, made);
    assert.deepEqual(await machine.commands(), [ps, inspect(id), "docker start demo-control-plane", ready, kubeconfig]);
  });

  it("goes with a checkout that was moved: its record and its kubeconfig", async () => {
    await using machine = await withCluster();
    const { outputs } = await machine.operate("ensure", { ...machine.made, ownerFolder: "/moved" });
    const folder = join(machine.folder, "state", "plano-affinity", "kind");
    const record = JSON.parse(await readFile(join(folder, "demo.json"), "utf8")) as unknown;
    assert.deepEqual(record, { owner: "plano-affinity/dev", ownerFolder: "/moved", clusterId: outputs["clusterId"] });
    assert.equal((await readdir(folder)).filter((it) => it.endsWith(".kubeconfig")).length, 2);
  });

  it("is removed with the stack that made it, and only then", async () => {
    await using machine = await withCluster();
    const { made, id } = machine;
    // Another took its name: it is not ours to remove.
    await machine.set({ nodes: [others] });
    assert.equal((await machine.operate("remove", made)).code, 0);
    assert.deepEqual((await machine.state()).nodes, [others]);
    // It is gone already.
    await machine.set({ nodes: [] });
    assert.equal((await machine.operate("remove", made)).code, 0);
    assert.ok(!(await machine.commands()).includes(remove));
    await machine.forgetCalls();
    await machine.set({ nodes: [{ cluster: "demo", id, running: true, ports: ownPorts }] });
    assert.equal((await machine.operate("remove", made)).code, 0);
    assert.deepEqual(await machine.commands(), [ps, inspect(id), remove]);
    assert.equal(existsSync(join(machine.folder, "state", "plano-affinity", "kind", "demo.json")), false);
  });

  it("that another made since, here or elsewhere, stays recorded as theirs", async () => {
    await using machine = await withCluster();
    const { made, id } = machine;
    const record = join(machine.folder, "state", "plano-affinity", "kind", "demo.json");
    const theirs = JSON.stringify({ owner: "plano-affinity/dev", ownerFolder: "/elsewhere", clusterId: "theirs" });
    await writeFile(record, theirs);
    await machine.set({ nodes: [others] });
    assert.equal((await machine.operate("remove", made)).code, 0);
    assert.equal(await readFile(record, "utf8"), theirs);
    // What does not say which one it made, made none.
    await machine.set({ nodes: [{ cluster: "demo", id, running: true, ports: ownPorts }] });
    assert.equal((await machine.operate("remove", { ...made, clusterId: undefined })).code, 0);
    assert.ok(!(await machine.commands()).includes(remove));
  });

  it("that cannot be removed fails the destroy", async () => {
    await using machine = await withCluster();
    await machine.set({
      faults: {
        "kind delete": { says: "ERROR: failed to delete cluster: tried to kill container, but did not receive an exit event" },
      },
    });
    const failed = await machine.operate("remove", machine.made);
    assert.equal(failed.code, 1);
    assert.match(
      failed.message,
      /^cluster: kind could not remove the cluster demo\.\n {2}→ .*\n {2}kind said:\n.*did not receive an exit event$/,
    );
  });

  it("without kubeconfig says so", async () => {
    await using machine = await withCluster();
    await machine.set({ faults: { "kind get": { says: "ERROR: failed to get cluster internal kubeconfig: exit status 1" } } });
    assert.match(
      (await machine.operate("ensure", machine.made)).message,
      /^cluster: the kind cluster demo gives no kubeconfig\.\n/,
    );
  });
});

describe("an image for a kind cluster, with recording stand-ins for kind and docker", function () {
  this.timeout(60_000);

  const reference = "plano-affinity/standin:abc";
  const load = `kind load docker-image ${reference} --name demo`;
  const platform = `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`;
  const save = `docker image save --platform ${platform} --output TMP/image.tar ${reference}`;
  const archive = "kind load image-archive TMP/image.tar --name demo";
  const digestMissing =
    'ERROR: failed to load image: command "docker exec … ctr images import -" failed with error: exit status 1\n' +
    "Command Output: ctr: content digest sha256:82014a3cbf22: not found";

  /** What goes wrong, the commands then, and what is said; nothing: it is loaded. */
  const cases: Readonly<Record<string, readonly [faults: FakeState["faults"], commands: string[], message?: RegExp]>> = {
    "is loaded from the local Docker, without a registry": [{}, [load]],
    "is loaded as a single platform where Docker's store keeps several": [
      { "kind load": { says: digestMissing, times: 1 } },
      [load, save, archive],
    ],
    "that fails that way too says why": [
      { "kind load": { says: digestMissing, times: 1 }, "docker image": { says: "no space left on device" } },
      [load, save],
      /^cluster: kind could not load plano-affinity\/standin:abc into the cluster demo: the disk is full where Docker/,
    ],
    "needs its cluster": [
      { "kind load": { says: 'ERROR: no nodes found for cluster "demo"' } },
      [load],
      /^cluster: kind could not load .*\n {2}→ `.*` shows all of it\n {2}kind said:\n {4}ERROR: no nodes found for cluster "demo"$/,
    ],
  };
  for (const [what, [faults, commands, message]] of Object.entries(cases))
    it(what, async () => {
      await using machine = await KindMachine.make([{ cluster: "demo", id: "one", running: true, ports: ownPorts }]);
      await machine.set({ faults });
      const ended = await machine.operate("load-image", { cluster: "demo", reference });
      assert.deepEqual([ended.code, await machine.commands()], [message === undefined ? 0 : 1, commands]);
      assert.match(ended.message, message ?? /^$/);
    });
});
