import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ensureKind, kindStatus, removeKind, type RunningKind } from "../../../clusters/kind/cluster";
import { createKind } from "../../../clusters/kind/create";
import { joinsKind } from "../../../clusters/kind/join";
import { loadKindImage } from "../../../clusters/kind/load-image";
import { unloadKindImages } from "../../../clusters/kind/unload-image";
import { operate } from "../../../lib/dynamic/operate";
import { silentProgress } from "../../../lib/progress";
import { commands, type FakeNode, type FakeState, KindMachine, others, ownerFile, request } from "./kind-machine";

const { inspect, kubeconfig, ps, ready, remove } = commands;

describe("a kind cluster that was made, with recording stand-ins for kind and docker", function () {
  this.timeout(60_000);
  let machine: KindMachine;
  let node: FakeNode;
  let made: typeof request & RunningKind;
  let id: string;

  beforeEach(async () => {
    machine = await KindMachine.make();
    made = { ...request, ...(await createKind(request, silentProgress)) };
    id = made.clusterId;
    node = (await machine.state()).nodes[0] ?? assert.fail("there is no node");
    await machine.forgetCalls();
  });
  afterEach(() => machine[Symbol.asyncDispose]());

  it("is not begun, and not taken for gone, where Docker does not answer its process", async () => {
    const says = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
    await machine.set({ faults: { "docker ps": { says } } });
    const message = /^cluster: kind's nodes are Docker's containers: the Docker daemon does not answer\.\n {2}→ start Docker/;
    const asked = ["create", "ensure", "status", "remove"].map(async (operation) =>
      assert.rejects(operate("clusters/kind-provider.ts", operation, made), { message }, operation),
    );
    await Promise.all(asked);
    assert.deepEqual([await machine.commands(), (await machine.state()).nodes], [[ps, ps, ps, ps], [node]]);
  });

  it("has a status: it runs, it stopped, it is gone, or another has its name", async () => {
    for (const [nodes, exists, running, clusterId] of [
      [[node], true, true, id],
      [[{ ...node, running: false }], true, false, id],
      [[others], true, true, "theirs"],
      [[], false, false, undefined],
    ] as const) {
      await machine.set({ nodes });
      assert.deepEqual(await kindStatus("demo"), { exists, running, clusterId });
    }
  });

  it("whose node stopped is started again, waited for beyond what it said before, and its kubeconfig read anew", async () => {
    const before = "2026-11-29T12:00:00Z";
    const [name, conditions] = ["demo-control-plane", [{ type: "Ready", status: "True" }]];
    const lease = {
      kind: "Lease",
      metadata: { name, namespace: "kube-node-lease" },
      spec: { renewTime: "2026-11-29T12:00:30Z" },
    };
    await machine.set({
      nodes: [{ ...node, running: false, startedAt: before }],
      reported: [[{ kind: "Node", metadata: { name }, status: { conditions } }, lease]],
    });
    assert.deepEqual({ ...request, ...(await ensureKind(made, silentProgress)) }, made);
    const looks = [ps, inspect(id), "docker start demo-control-plane", ps, inspect(id), ready, ready, kubeconfig];
    assert.deepEqual(await machine.commands(), looks);
  });

  it("whose node Docker started a moment ago is waited for before its resource is looked at", async () => {
    await machine.set({ nodes: [{ ...node, startedAt: new Date(Date.now() - 60_000).toISOString() }], reported: [[]] });
    assert.equal(await joinsKind("demo", request, () => assert.fail("told")), false);
    assert.deepEqual(await machine.commands(), [ps, inspect(id), ready, ready]);
  });

  it("goes with a checkout that was moved: its record and its kubeconfig", async () => {
    await ensureKind({ ...made, ownerFolder: "/moved" }, silentProgress);
    const record = JSON.parse(await readFile(ownerFile(), "utf8")) as unknown;
    assert.deepEqual(record, { owner: "plano-affinity/dev", ownerFolder: "/moved", clusterId: id });
    assert.equal((await readdir(dirname(ownerFile()))).filter((it) => it.endsWith(".kubeconfig")).length, 2);
  });

  it("is removed with the stack that made it, and only then", async () => {
    // Another took its name, and is not ours to remove; or it is gone already.
    for (const nodes of [[others], []]) {
      await machine.set({ nodes });
      await removeKind(made, silentProgress);
      assert.deepEqual((await machine.state()).nodes, nodes);
    }
    assert.ok(!(await machine.commands()).includes(remove));
    await machine.forgetCalls();
    await machine.set({ nodes: [node] });
    await removeKind(made, silentProgress);
    assert.deepEqual(await machine.commands(), [ps, inspect(id), remove]);
    assert.equal(existsSync(ownerFile()), false);
  });

  it("that another made since, here or elsewhere, stays recorded as theirs", async () => {
    const theirs = JSON.stringify({ owner: "plano-affinity/dev", ownerFolder: "/elsewhere", clusterId: "theirs" });
    await writeFile(ownerFile(), theirs);
    await machine.set({ nodes: [others] });
    await removeKind(made, silentProgress);
    assert.equal(await readFile(ownerFile(), "utf8"), theirs);
    // What does not say which one it made, made none.
    await machine.set({ nodes: [node] });
    await removeKind({ ...made, clusterId: undefined }, silentProgress);
    assert.ok(!(await machine.commands()).includes(remove));
  });

  it("that cannot be removed fails the destroy", async () => {
    const says = "ERROR: failed to delete cluster: tried to kill container, but did not receive an exit event";
    await machine.set({ faults: { "kind delete": { says } } });
    await assert.rejects(removeKind(made, silentProgress), {
      message: /^cluster: kind could not remove the cluster demo\.\n {2}→ .*\n {2}kind said:\n.*did not receive an exit event$/,
    });
  });

  it("without kubeconfig says so", async () => {
    await machine.set({ faults: { "kind get": { says: "ERROR: failed to get cluster internal kubeconfig: exit status 1" } } });
    await assert.rejects(ensureKind(made, silentProgress), {
      message: /^cluster: the kind cluster demo gives no kubeconfig\.\n/,
    });
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
      await using machine = await KindMachine.make([others]);
      await machine.set({ faults });
      const loading = loadKindImage({ cluster: "demo", reference }, silentProgress);
      await (message === undefined ? loading : assert.rejects(loading, { message }));
      assert.deepEqual(await machine.commands(), commands);
    });

  const own = "katanemo/plano:0.4.27";
  const before: Readonly<Record<string, readonly [named: string | undefined, undone: readonly string[]]>> = {
    "with its own name": [undefined, [`docker image rm ${own}`]],
    "but for its own name, which was there before": [`${own} sha256:new`, []],
    "and its own name is given back to the image that had it": [`${own} sha256:older`, [`docker tag sha256:older ${own}`]],
  };
  for (const [what, [named, undone]] of Object.entries(before))
    it(`is taken out of Docker again that came from an archive, ${what}`, async () => {
      await using machine = await KindMachine.make([others]);
      await machine.set({ archive: "new", named });
      await loadKindImage({ cluster: "demo", reference, archive: "/plano.tar" }, silentProgress);
      assert.deepEqual(await machine.commands(), [
        "docker image ls --no-trunc --format {{.Repository}}:{{.Tag}} {{.ID}}",
        "docker image load --input /plano.tar",
        `docker image inspect --format {{.Id}} ${own}`,
        `docker tag ${own} ${reference}`,
        load,
        `docker image rm ${reference}`,
        ...undone,
      ]);
    });

  describe("of a cluster that stays", () => {
    const stays = { cluster: "demo", clusterId: "theirs", reference, joined: true };

    it("goes with the stack, but for what pods of others use, and a name of others", async () => {
      await using machine = await KindMachine.make([others]);
      await machine.set({ images: [{ name: "docker.io/library/theirs:1", digest: "sha256:theirs" }] });
      const [used, unused] = ["plano-affinity/standin:used", "plano-affinity/standin:unused"];
      let made: { readonly loaded?: readonly string[] } = {};
      for (const it of [reference, used, unused])
        made = await loadKindImage({ ...stays, ...made, reference: it }, silentProgress);
      assert.deepEqual(made, { loaded: [reference, used, unused] });
      const { images = [] } = await machine.state();
      assert.equal(images.length, 1 + 3 * 3);
      // Somebody else gives the first one a name, too.
      const tagged = { name: "docker.io/library/mine:1", digest: `sha256:of-${reference}` };
      await machine.set({ images: [...images, tagged], used: [`docker.io/${used}`] });
      await unloadKindImages({ ...stays, ...made }, silentProgress);
      const isOfUnused = (digest: string): boolean => digest === `sha256:of-${unused}`;
      const left = [...images, tagged].filter(({ name, digest }) => name !== `docker.io/${reference}` && !isOfUnused(digest));
      assert.deepEqual((await machine.state()).images, left);
    });

    it("stays where it was before, or in another cluster, and costs no destroy where it cannot be removed", async () => {
      await using machine = await KindMachine.make([others]);
      const images = [{ name: `docker.io/${reference}`, digest: "sha256:before" }];
      await machine.set({ images });
      assert.deepEqual(await loadKindImage(stays, silentProgress), { loaded: [] });
      const told: string[] = [];
      const progress = { ...silentProgress, info: (it: string) => void told.push(it) };
      await machine.set({ images });
      await unloadKindImages({ ...stays, clusterId: "gone", loaded: [reference] }, progress);
      assert.deepEqual([(await machine.state()).images, told], [images, []]);
      await machine.set({ faults: { "docker exec": { says: "no such container" } } });
      await unloadKindImages({ ...stays, loaded: [reference] }, progress);
      assert.match(told.join(), /standin:abc may still be in the nodes of the kind cluster demo: .*no such container/s);
    });
  });
});
