import assert from "node:assert/strict";
import { chooseCluster, type Machine, thisMachine } from "./choose";
import { recordOwner } from "./kind/owner";
import { idOfCluster } from "./own-cluster";
import { Scratch } from "../lib/testing/scratch";

describe("the cluster of a stack", () => {
  const answers: Machine["docker"] = async () => ({ answers: true, version: "28.2.2" });
  const silent: Machine["docker"] = async () => ({ answers: false, reason: "the Docker daemon does not answer → start Docker" });
  const unasked: Machine["docker"] = () => assert.fail("Docker was asked");
  const none: Machine["own"] = async () => undefined;
  const linuxRoot: Machine = { platform: "linux", root: true, docker: silent, own: none };
  const linuxUser: Machine = { ...linuxRoot, root: false };
  const mac: Machine = { ...linuxUser, platform: "darwin" };
  const waysOut =
    "  → run as root on Linux (a virtual machine will do), and the sandbox is used\n" +
    "  → pulumi config set cluster kind, where Docker runs\n" +
    "  → pulumi config set cluster existing, to use the cluster of your kubeconfig";
  const refuses = (wanted: "auto" | "sandbox" | "kind", machine: Machine, message: string): Promise<void> =>
    assert.rejects(chooseCluster(wanted, machine), { name: "Error", __pulumiRunError: true, message });
  const told = async (machine: Machine): Promise<readonly [string, readonly string[]]> => {
    const texts: string[] = [];
    return [await chooseCluster("auto", machine, (text) => texts.push(text)), texts];
  };

  it("is kind by itself wherever Docker answers, and says so", async () => {
    for (const machine of [linuxRoot, linuxUser, mac])
      assert.deepEqual(await told({ ...machine, docker: answers }), [
        "kind",
        ["cluster: auto chose kind, for Docker 28.2.2 answers"],
      ]);
  });

  it("is else the sandbox on Linux as root, and says why", async () => {
    assert.deepEqual(await told(linuxRoot), [
      "sandbox",
      ["cluster: auto chose the sandbox, for Docker cannot be used: the Docker daemon does not answer → start Docker"],
    ]);
  });

  it("says what to do where neither kind nor the sandbox runs", async () => {
    for (const [machine, why] of [
      [linuxUser, "this user is not root"],
      [mac, "this is darwin"],
      [{ ...mac, root: true }, "this is darwin"],
    ] as const)
      await refuses(
        "auto",
        machine,
        `cluster: kind needs Docker, and the sandbox needs Linux and root: the Docker daemon does not answer, and ${why}. Do one of these:\n` +
          "  → start or install Docker (https://docs.docker.com/get-docker/), and a kind cluster is made\n" +
          "  → run as root on Linux (a virtual machine will do), and the sandbox is used\n" +
          "  → pulumi config set cluster existing, to use the cluster of your kubeconfig",
      );
  });

  it("is what was asked for, and nobody asks Docker who does not need it", async () => {
    assert.equal(await chooseCluster("sandbox", { ...linuxRoot, docker: unasked }), "sandbox");
    for (const machine of [linuxRoot, linuxUser, mac]) {
      assert.equal(await chooseCluster("existing", { ...machine, docker: unasked }), "existing");
      assert.equal(await chooseCluster("kind", { ...machine, docker: answers }), "kind");
    }
  });

  it("cannot be the sandbox without root, or elsewhere than on Linux", async () => {
    await refuses(
      "sandbox",
      linuxUser,
      `cluster: the sandbox needs Linux and root, and this user is not root. Do one of these:\n${waysOut}`,
    );
    await refuses("sandbox", mac, `cluster: the sandbox needs Linux and root, and this is darwin. Do one of these:\n${waysOut}`);
  });

  it("cannot be kind where Docker does not answer", async () => {
    for (const machine of [linuxRoot, mac])
      await refuses(
        "kind",
        machine,
        "cluster: kind needs Docker: the Docker daemon does not answer.\n  → start Docker, or pulumi config set cluster auto",
      );
  });

  it("stays what the stack has, whatever Docker does", async () => {
    const sandboxed: Machine = { ...linuxRoot, docker: unasked, own: async () => "sandbox" };
    assert.deepEqual(await told(sandboxed), ["sandbox", ["cluster: auto stays with sandbox, which this stack has"]]);
    const inDocker: Machine = { ...linuxRoot, own: async () => "kind" };
    assert.equal(await chooseCluster("auto", { ...inDocker, docker: answers }), "kind");
    await refuses(
      "auto",
      inDocker,
      "cluster: kind needs Docker: the Docker daemon does not answer.\n  → start Docker; this stack's cluster is in it",
    );
    // Who asks for another kind gets it.
    assert.equal(await chooseCluster("sandbox", { ...inDocker, docker: unasked }), "sandbox");
  });

  it("is remembered on this machine, for the stack that made it and under its name", async () => {
    await using scratch = await Scratch.make();
    const who = { owner: "plano-affinity/dev", ownerFolder: scratch.folder };
    assert.equal(await thisMachine("demo", who).own(), undefined);
    await recordOwner("demo", who, "id");
    assert.equal(await thisMachine("demo", who).own(), "kind");
    assert.equal(await thisMachine("other", who).own(), undefined);
    assert.equal(await thisMachine("demo", { ...who, owner: "plano-affinity/prod" }).own(), undefined);
    assert.equal(await thisMachine("demo", { ...who, ownerFolder: "/elsewhere" }).own(), undefined);
    await scratch.file(
      "state/plano-affinity/clusters/boxed/spec.json",
      JSON.stringify({ owner: who.owner, ownerFolder: who.ownerFolder }),
    );
    assert.equal(await thisMachine("boxed", who).own(), "sandbox");
    assert.equal(await thisMachine("boxed", { ...who, owner: "plano-affinity/prod" }).own(), undefined);
  });

  it("is known by its id also while it stands still", async () => {
    await using scratch = await Scratch.make();
    assert.equal(await idOfCluster("kind", "demo"), undefined, "there is no Docker");
    const node = {
      Id: "node-id",
      Name: "/demo-control-plane",
      State: { Running: false },
      Config: { Labels: { "io.x-k8s.kind.role": "control-plane" } },
      HostConfig: {},
    };
    await scratch.program("docker", `case $1 in ps) echo node-id;; *) echo '${JSON.stringify([node])}';; esac`);
    assert.equal(await idOfCluster("kind", "demo"), "node-id");
    const folder = "state/plano-affinity/clusters/boxed";
    await scratch.file(`${folder}/spec.json`, JSON.stringify({ id: "box-id" }));
    assert.equal(await idOfCluster("sandbox", "boxed"), undefined, "one that was only begun is made anew");
    await scratch.file(`${folder}/kubeconfig`, "");
    assert.equal(await idOfCluster("sandbox", "boxed"), "box-id");
  });

  it("goes by this machine", async () => {
    const machine = thisMachine("demo", { owner: "p/s", ownerFolder: "/" });
    assert.deepEqual([machine.platform, machine.root], [process.platform, process.getuid?.() === 0]);
  });
});
