import assert from "node:assert/strict";
import { chooseCluster, idOfCluster, type Machine, thisMachine } from "./choose";
import { keepKubeconfig, recordOwner } from "./kind/owner";
import { Scratch } from "../lib/testing/scratch";

describe("the cluster of a stack", () => {
  const answers: Machine["docker"] = async () => ({ answers: true, version: "28.2.2" });
  const silent: Machine["docker"] = async () => ({ answers: false, reason: "the Docker daemon does not answer → start Docker" });
  const unasked: Machine["docker"] = () => assert.fail("Docker was asked");
  const linuxRoot: Machine = { platform: "linux", root: true, docker: silent, own: async () => undefined };
  const linuxUser: Machine = { ...linuxRoot, root: false };
  const mac: Machine = { ...linuxUser, platform: "darwin" };
  const withDocker = (machine: Machine): Machine => ({ ...machine, docker: answers });
  const inDocker: Machine = { ...linuxRoot, own: async () => "kind" };
  const inSandbox: Machine = { ...linuxRoot, docker: unasked, own: async () => "sandbox" };

  const forDocker = "cluster: auto chose kind, because Docker 28.2.2 answers";
  const stays = (kind: string): string => `cluster: auto stays with ${kind}, which this stack has`;
  const noDocker = "kind needs Docker: the Docker daemon does not answer → start Docker";
  const lost = "this stack's cluster is in it";
  const noSandbox = (why: string): string => `the sandbox needs Linux and root, and ${why}`;
  const refusal = (...reasons: string[]): string =>
    `cluster: ${reasons.join("; ")}. Do one of these:\n` +
    "  → start or install Docker (https://docs.docker.com/get-docker/), for a kind cluster\n" +
    "  → run as root on Linux (a virtual machine will do), for the sandbox\n" +
    "  → pulumi config set cluster existing, to use the cluster of your kubeconfig; or auto, to use what there is";

  /** What is asked for, where, what is chosen, and what is told: of the choice, or why there is none. */
  const cases: readonly (readonly [string, Parameters<typeof chooseCluster>[0], Machine, string | undefined, string?])[] = [
    ["kind wherever Docker answers", "auto", withDocker(linuxRoot), "kind", forDocker],
    ["kind for a user, too", "auto", withDocker(linuxUser), "kind", forDocker],
    ["else the sandbox on Linux as root", "auto", linuxRoot, "sandbox", `cluster: auto chose the sandbox, because ${noDocker}`],
    ["nothing for a user without Docker", "auto", linuxUser, undefined, refusal(noDocker, noSandbox("this user is not root"))],
    ["the sandbox that was asked for, whatever Docker does", "sandbox", { ...linuxRoot, docker: unasked }, "sandbox"],
    ["the cluster of the user that was asked for", "existing", { ...mac, docker: unasked }, "existing"],
    ["the kind cluster that was asked for", "kind", withDocker(mac), "kind"],
    ["no sandbox without root", "sandbox", linuxUser, undefined, refusal(noSandbox("this user is not root"))],
    ["no sandbox elsewhere than on Linux", "sandbox", mac, undefined, refusal(noSandbox("this is darwin"))],
    ["no kind cluster without Docker", "kind", mac, undefined, refusal(noDocker)],
    ["the sandbox that it has", "auto", inSandbox, "sandbox", stays("sandbox")],
    ["the kind cluster that it has", "auto", withDocker(inDocker), "kind", stays("kind")],
    ["nothing else while the Docker of its own is silent", "auto", inDocker, undefined, refusal(noDocker, lost)],
  ];
  for (const [what, wanted, machine, chosen, said] of cases)
    it(`is ${what}`, async () => {
      const told: string[] = [];
      const choice = chooseCluster(wanted, machine, (text) => told.push(text));
      if (chosen === undefined) return assert.rejects(choice, { __pulumiRunError: true, message: said });
      assert.equal(await choice, chosen);
      assert.deepEqual(told.slice(-1), said === undefined ? [] : [said]);
    });

  it("is remembered on this machine, for the stack that made or joined it and under its name", async () => {
    await using scratch = await Scratch.make();
    const who = { owner: "plano-affinity/dev", ownerFolder: scratch.folder };
    assert.equal(await thisMachine("demo", who).own(), undefined);
    await recordOwner("demo", who, { clusterId: "id" });
    await keepKubeconfig("joined", who, "kind");
    await scratch.file("state/plano-affinity/clusters/boxed/spec.json", JSON.stringify(who));
    const otherStack = { ...who, owner: "plano-affinity/prod" };
    const elsewhere = { ...who, ownerFolder: "/elsewhere" };
    for (const [name, kind] of Object.entries({ demo: "kind", joined: "kind", boxed: "sandbox", other: undefined })) {
      assert.equal(await thisMachine(name, who).own(), kind, name);
      for (const other of [otherStack, elsewhere]) assert.equal(await thisMachine(name, other).own(), undefined, name);
    }
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
});
