import assert from "node:assert/strict";
import { clusterOf, standstill } from "./cluster";
import { backendOf, findStack } from "./find-stack";
import { hasCluster, isUp, nothingUp, readStack, settingOf, type StackChange, type StackFacts, verdictTime } from "./stack";
import { Scratch } from "../../lib/testing/scratch";

const change = (kind: string, result: string, minute: number, config: StackChange["config"] = {}): StackChange => ({
  kind,
  result,
  endTime: `2026-03-01T12:${String(minute).padStart(2, "0")}:00.000Z`,
  config,
});
const stack = (...history: StackChange[]): StackFacts => ({ name: "dev", project: "my-gateway", outputs: {}, history });

describe("a stack", () => {
  it("is read by its outputs and its history", async () => {
    const asked: string[] = [];
    const facts = await readStack({
      name: "dev",
      project: "my-gateway",
      pulumi: async (args) => {
        asked.push(args.join(" "));
        return args[1] === "output" ? '{"namespace": "n", "kubeconfig": "k"}' : '[{"kind": "update"}]';
      },
    });
    assert.deepEqual(facts, {
      name: "dev",
      project: "my-gateway",
      outputs: { namespace: "n", kubeconfig: "k" },
      history: [{ kind: "update" }],
    });
    assert.deepEqual(asked, [
      "stack output --json --show-secrets --stack dev",
      "stack history --json --page-size 20 --stack dev",
    ]);
  });

  it("is none where Pulumi knows no such stack, and an error where Pulumi cannot tell", async () => {
    const failing = (text: string) =>
      readStack({ name: "dev", project: "my-gateway", pulumi: () => Promise.reject(new Error(text)) });
    assert.equal(await failing("error: no stack named 'dev' found"), undefined);
    await assert.rejects(failing("error: incorrect passphrase"), { message: "error: incorrect passphrase" });
  });

  it("has the settings of its latest update", () => {
    const facts = stack(
      change("destroy", "succeeded", 3),
      change("update", "failed", 2, { "my-gateway:namespace": { value: "new" }, "other:context": { value: "its" } }),
      change("update", "succeeded", 1, { "my-gateway:namespace": { value: "old" } }),
    );
    assert.equal(settingOf(facts, "namespace"), "new");
    assert.equal(settingOf(facts, "context"), undefined);
    assert.equal(settingOf(stack(), "namespace"), undefined);
  });

  it("has its pass from an update that succeeded, and any other verdict from the latest", () => {
    const facts = stack(change("refresh", "succeeded", 3), change("update", "failed", 2), change("update", "succeeded", 1));
    assert.equal(verdictTime(facts, "pass")?.toISOString(), "2026-03-01T12:01:00.000Z");
    assert.equal(verdictTime(facts, "fail")?.toISOString(), "2026-03-01T12:02:00.000Z");
    assert.equal(verdictTime(stack(), "pass"), undefined);
  });

  it("knows whether it has a cluster, and whether it is on it", () => {
    const facts = (outputs: StackFacts["outputs"]): StackFacts => ({ name: "dev", project: "my-gateway", outputs, history: [] });
    assert.deepEqual([hasCluster(facts({})), isUp(facts({}))], [false, false]);
    assert.deepEqual([hasCluster(facts({ kubeconfig: "k" })), isUp(facts({ kubeconfig: "k" }))], [true, false]);
    assert.equal(isUp(facts({ kubeconfig: "k", namespace: "n" })), true);
  });

  it("that is not there is missed in two lines: what, where, what to do", () => {
    const where = "file:///project";
    assert.equal(
      nothingUp("dev", where, undefined),
      "there is no stack dev in file:///project\n→ npm start makes it, or PULUMI_STACK names another",
    );
    assert.equal(
      nothingUp("dev", where, stack()),
      "the stack dev in file:///project has nothing to show: it was never up\n→ npm start brings it up",
    );
    assert.match(nothingUp("dev", where, stack(change("destroy", "succeeded", 3))), /: its last destroy succeeded\n/);
    assert.match(nothingUp("dev", where, stack({ kind: "update" })), /: its last update has not ended\n/);
  });
});

describe("the search for a stack", () => {
  const signal = new AbortController().signal;
  const search = async (scratch: Scratch, script: string) => {
    const pulumi = { pulumi: await scratch.program("pulumi", script), env: { PULUMI_BACKEND_URL: "file:///stacks" } };
    return findStack({ name: "dev", folder: scratch.folder, pulumi, signal });
  };

  it("needs no Pulumi to know that there is none", async () => {
    assert.deepEqual(await findStack({ name: "dev", folder: "/project", pulumi: undefined, signal }), {
      stack: undefined,
      where: "/project",
    });
  });

  it("finds outputs of any length", async () => {
    await using scratch = await Scratch.make();
    const { stack: found, where } = await search(
      scratch,
      `if [ "$2" = history ]; then echo '[]'; exit; fi\nprintf '{"namespace": "'; head -c 400000 /dev/zero | tr '\\0' n; echo '"}'`,
    );
    assert.equal(found?.outputs.namespace?.length, 400_000);
    assert.equal(where, "file:///stacks");
  });

  it("says what Pulumi said on standard error, and nothing of its output", async () => {
    await using scratch = await Scratch.make();
    await assert.rejects(search(scratch, "echo secret; echo 'error: incorrect passphrase' >&2; exit 255"), {
      message: "the stack dev in file:///stacks cannot be read: error: incorrect passphrase",
    });
    await assert.rejects(search(scratch, "echo secret; exit 7"), {
      message: /^the stack dev in file:\/\/\/stacks cannot be read: pulumi stack (output|history) ended with 7$/,
    });
  });

  it("names the backend without its credentials", () => {
    assert.equal(backendOf({}), "the backend that Pulumi is logged in to");
    assert.equal(backendOf({ PULUMI_BACKEND_URL: "file:///project" }), "file:///project");
    assert.equal(backendOf({ PULUMI_BACKEND_URL: "postgres://me:hidden@db/pulumi?x=hidden" }), "postgres://db/pulumi");
    assert.equal(backendOf({ PULUMI_BACKEND_URL: "hidden" }), "the backend of PULUMI_BACKEND_URL");
  });
});

describe("the cluster of a stack", () => {
  const kubeconfig = (context: string): string =>
    JSON.stringify({
      "current-context": context,
      contexts: [{ name: context, context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443" } }],
    });
  const server = "https://10.0.0.1:6443";

  it("is told by the names that we give to contexts", () => {
    assert.deepEqual(clusterOf(kubeconfig("plano-affinity-mine"), "auto"), { kind: "sandbox", name: "mine", server });
    assert.deepEqual(clusterOf(kubeconfig("kind-plano-demo"), undefined), { kind: "kind", name: "plano-demo", server });
    assert.deepEqual(clusterOf(kubeconfig("arn:aws:eks/x"), "auto"), { kind: "existing", name: "arn:aws:eks/x", server });
  });

  it("is the user's where the setting says so, whatever its context is called", () => {
    assert.deepEqual(clusterOf(kubeconfig("kind-x"), "existing"), { kind: "existing", name: "kind-x", server });
  });

  it("has an unknown address where the kubeconfig names none", () => {
    assert.deepEqual(clusterOf("{}", undefined), { kind: "existing", name: "", server: "an unknown address" });
  });

  it("stands still when it is a sandbox whose processes ended", async () => {
    await using _scratch = await Scratch.make();
    assert.equal(await standstill({ kind: "sandbox", name: "gone", server }), "stopped; npm start starts it again");
    assert.equal(await standstill({ kind: "kind", name: "gone", server }), undefined);
  });
});
