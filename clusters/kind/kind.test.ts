import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { explainKind, isNameTaken } from "./explain";
import { type KindNode, publishedPorts } from "./nodes";
import { forgetOwner, keepKubeconfig, kindKubeconfig, ownershipOf, recordOwner } from "./owner";
import { readyObstacle, type Reported } from "./ready";
import { CommandError } from "../../lib/command";
import { scratchPerTest } from "../../lib/testing/scratch";

describe("the ports of a kind cluster", () => {
  const node = (...list: KindNode["ports"]): KindNode => ({
    id: "id",
    name: "demo-control-plane",
    role: "control-plane",
    running: true,
    startedAt: "2026-11-29T12:00:00Z",
    ports: list,
  });
  const at = (nodePort: number, hostPort: number, hostAddress = "127.0.0.1") => ({ node: nodePort, hostPort, hostAddress });

  it("are where Docker publishes them, and not known where the gateway's is not published, or at another one", () => {
    for (const [nodes, expected] of [
      [[node(at(32_000, 32_000), at(31_686, 16_686))], { nodeAddress: "127.0.0.1", jaegerPort: 16_686 }],
      [[node(), node(at(32_000, 32_000, "0.0.0.0"), at(31_686, 31_686, ""))], { nodeAddress: "127.0.0.1", jaegerPort: 31_686 }],
      [[node(at(32_000, 32_000, "192.0.2.7"), at(31_686, 16_686))], { nodeAddress: "192.0.2.7", jaegerPort: undefined }],
      [[node(at(31_686, 16_686))], {}],
      [[node(at(32_000, 8_080), at(31_686, 16_686))], {}],
    ] as const)
      assert.deepEqual(publishedPorts(nodes), expected);
  });
});

describe("a node that was stopped and started again", () => {
  const start = "2026-11-29T12:00:00.5Z";
  const [before, since] = ["2026-11-29T11:59:59Z", "2026-11-29T12:00:20Z"];
  const node = (name: string, role: string): KindNode => ({ id: name, name, role, running: true, startedAt: start, ports: [] });
  const nodes = [node("demo-external-load-balancer", "external-load-balancer"), node("demo", "control-plane")];
  const conditions = (status: string) => [{ type: "Ready", status }];
  const lease = (namespace: string, name: string, renewTime: string): Reported => ({
    kind: "Lease",
    metadata: { name, namespace },
    spec: { renewTime },
  });
  const pod = (startedAt: string, ready = "True", nodeName = "demo"): Reported => ({
    kind: "Pod",
    metadata: { name: "plano", namespace: "demo" },
    spec: { nodeName },
    status: { conditions: conditions(ready), containerStatuses: [{ state: {} }, { state: { running: { startedAt } } }] },
  });
  /** What the cluster says, and what is waited for; undefined: nothing. */
  const cases: Readonly<Record<string, readonly [renewed: string, ready: string, controllers: string, Reported, string?]>> = {
    "is not ready by what it said before": [before, "True", before, pod(before), "its kubelet has not reported yet"],
    "is not ready where it says so": [since, "False", since, pod(since), "node demo is not ready"],
    "needs controllers": [since, "True", before, pod(since), "its controllers do not work yet"],
    "has pods that are not ready yet": [since, "True", since, pod(before), "the status of pod demo/plano is from before"],
    "is ready when its pods started since": [since, "True", since, pod(since)],
    "does not wait for pods that say that they are not ready": [since, "True", since, pod(before, "False")],
    "does not look at pods of elsewhere": [since, "True", since, pod(before, "True", "other")],
  };
  for (const [what, [renewed, ready, controllers, plano, obstacle]] of Object.entries(cases))
    it(what, () => {
      const itself = { kind: "Node", metadata: { name: "demo" }, status: { conditions: conditions(ready) } };
      const leases = [
        lease("kube-node-lease", "demo", renewed),
        lease("kube-system", "kube-controller-manager", controllers),
        lease("kube-system", "demo", before),
      ];
      assert.equal(readyObstacle(nodes, [itself, plano, ...leases]), obstacle);
    });
});

describe("the owner of a kind cluster", () => {
  const scratch = scratchPerTest();
  const who = { owner: "plano-affinity/dev", ownerFolder: __dirname };
  const elsewhere = { ...who, ownerFolder: "/elsewhere" };

  it("is recorded from the beginning on, for one stack in one checkout, and for its reader only", async () => {
    assert.equal(await ownershipOf("demo", who), "none");
    await recordOwner("demo", who);
    assert.equal(await ownershipOf("demo", who), "begun");
    await recordOwner("demo", who, { clusterId: "id" });
    assert.deepEqual(await ownershipOf("demo", who), { clusterId: "id" });
    for (const other of [{ ...who, owner: "plano-affinity/prod" }, elsewhere])
      assert.equal(await ownershipOf("demo", other), "none");
    const folder = join(scratch().folder, "state", "plano-affinity", "kind");
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    await forgetOwner("demo", who, "id");
    assert.equal(existsSync(join(folder, "demo.json")), false);
    await forgetOwner("demo", who, "id");
  });

  it("is forgotten only with the cluster that it is about", async () => {
    await recordOwner("demo", who, { clusterId: "new" });
    await forgetOwner("demo", who, "old");
    await forgetOwner("demo", who);
    await forgetOwner("demo", elsewhere, "new");
    assert.deepEqual(await ownershipOf("demo", who), { clusterId: "new" });
    await recordOwner("demo", who);
    await forgetOwner("demo", who, "new");
    assert.equal(await ownershipOf("demo", who), "begun");
    await forgetOwner("demo", who);
    assert.equal(await ownershipOf("demo", who), "none");
  });

  it("is the same in a checkout that was moved, and forgotten from there", async () => {
    const before = { ...who, ownerFolder: join(scratch().folder, "before") };
    await mkdir(before.ownerFolder);
    await recordOwner("demo", before, { clusterId: "id" });
    const now = { ...before, ownerFolder: join(scratch().folder, "now") };
    assert.equal(await ownershipOf("demo", now), "none");
    await rename(before.ownerFolder, now.ownerFolder);
    assert.deepEqual(await ownershipOf("demo", now), { clusterId: "id" });
    assert.equal(await ownershipOf("demo", { ...now, owner: "plano-affinity/prod" }), "none");
    await forgetOwner("demo", now, "id");
    assert.equal(await ownershipOf("demo", now), "none");
  });

  it("has a kubeconfig of its own, for its reader only, whoever else has the cluster too", async () => {
    assert.match(kindKubeconfig("demo", who), /\/state\/plano-affinity\/kind\/demo-[0-9a-f]{8}\.kubeconfig$/);
    await keepKubeconfig("demo", who, "one");
    await keepKubeconfig("demo", elsewhere, "two");
    const file = kindKubeconfig("demo", who).slice(scratch().folder.length + 1);
    assert.equal(await scratch().read(file), "one");
    assert.equal((await stat(kindKubeconfig("demo", who))).mode & 0o777, 0o600);
    await keepKubeconfig("demo", elsewhere, undefined);
    assert.deepEqual([existsSync(kindKubeconfig("demo", who)), existsSync(kindKubeconfig("demo", elsewhere))], [true, false]);
  });

  it("is nobody where the record cannot be read", async () => {
    for (const content of ["", "{", "null", "[]"]) {
      await scratch().file("state/plano-affinity/kind/demo.json", content);
      assert.equal(await ownershipOf("demo", who), "none", content);
    }
  });
});

describe("a failure of kind", () => {
  const failed = (output: string): Error =>
    explainKind("kind could not make the cluster demo", new CommandError("kind x", 1, output));

  it("is told with its last six lines, without the stack trace and what kind removed", () => {
    const output = ["1", "2", "3", "4", "Deleted nodes: []", "5", "", "6", "7", "Stack Trace:", "main.go"].join("\n");
    assert.equal(
      failed(output).message,
      "cluster: kind could not make the cluster demo.\n  → `kind x` shows all of it\n  kind said:\n    2\n    3\n    4\n    5\n    6\n    7",
    );
    assert.equal(failed("").message, "cluster: kind could not make the cluster demo.\n  → `kind x` shows all of it");
  });

  /** What kind or Docker says, and what is told. */
  const causes: Readonly<Record<string, readonly [output: string, message: RegExp]>> = {
    "a silent Docker": ["Cannot connect to the Docker daemon", /: the Docker daemon does not answer\.\n {2}→ start Docker/],
    "another's Docker": ["permission denied … docker.sock", /: this user may not use Docker's socket\.\n {2}→ /],
    "a port that is taken": [
      "Bind for 0.0.0.0:32000 failed: port is already allocated",
      /: kind publishes the gateway at 127\.0\.0\.1:32000 and Jaeger at 16686, and another program listens at one of them /,
    ],
    "a port that is taken, as newer ones say": [
      "listen tcp4 127.0.0.1:16686: bind: address already in use",
      /another program listens at one of them .*\n {2}→ .*\n {2}kind said:\n {4}listen tcp4 127\.0\.0\.1:16686/,
    ],
    "too many watched files": ["too many open files", /: this machine allows too few watched files\.\n {2}→ sysctl /],
    "an image that cannot be pulled": [
      'ERROR: failed to create cluster: failed to pull image "kindest/node:v1.37.0": command "docker pull …" failed with error: exit status 1',
      /: the node's image could not be pulled\.\n {2}→ `docker pull kindest\/node:v1\.37\.0@sha256:a1ed56.*` must work: .*\n {2}kind said:\n/,
    ],
    "a full disk": ["no space left on device", /: the disk is full where Docker keeps its data\.\n {2}→ `docker system df`/],
    "a node that does not come up": [
      "✗ Starting control-plane 🕹️\n[kubelet-check] The kubelet is not healthy after 4m0s",
      /: the node did not come up\.\n {2}→ give Docker 4 GiB .*\n {2}kind said:\n {4}✗ Starting control-plane 🕹️\n {4}\[kubelet-check\] /,
    ],
  };
  for (const [what, [output, message]] of Object.entries(causes))
    it(`is known as ${what}`, () => assert.match(failed(output).message, message));

  it("that is not a command's stays as it is", () => {
    const error = new Error("out of time");
    assert.equal(explainKind("x", error), error);
    assert.equal(isNameTaken(error), false);
  });
});
