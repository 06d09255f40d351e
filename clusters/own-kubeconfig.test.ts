import { strict as assert } from "node:assert";
import { keepKubeconfig, kindKubeconfig } from "./kind/owner";
import { chosenKubeconfig, type CheckoutStack } from "./own-kubeconfig";
import { scratchPerTest } from "../lib/testing/scratch";

describe("the cluster of a command that names none", () => {
  const scratch = scratchPerTest();
  let checkout: CheckoutStack;
  const who = () => ({ owner: "my-gateway/dev", ownerFolder: scratch().folder });
  const choose = (...args: string[]) => {
    const { KUBECONFIG: _, ...env } = process.env;
    return chosenKubeconfig(checkout, args, env);
  };
  const sandbox = async (name: string, owner = who()): Promise<string> => {
    const folder = `state/plano-affinity/clusters/${name}`;
    await scratch().file(`${folder}/spec.json`, JSON.stringify(owner));
    return scratch().file(`${folder}/kubeconfig`, "sandbox");
  };
  const atHand = { whose: "the current context of ~/.kube/config, for the stack has no cluster of its own here" };

  beforeEach(async () => {
    checkout = { folder: scratch().folder, stack: "dev" };
    await scratch().file(".kube/config", "the user's");
    await scratch().file("Pulumi.yaml", "name: my-gateway\nruntime: nodejs\n");
  });

  it("is the kind cluster that the stack made or joined, whatever kubectl is at", async () => {
    await keepKubeconfig("plano-demo", who(), "kind");
    assert.deepEqual(choose("--checks", "scale", "--yes"), {
      file: kindKubeconfig("plano-demo", who()),
      whose: "the kind cluster plano-demo of the stack dev",
    });
    await scratch().file("Pulumi.dev.yaml", "config: { my-gateway:clusterName: mine, plano-affinity:clusterName: its }");
    assert.deepEqual(choose(), atHand);
    await keepKubeconfig("mine", who(), "kind");
    assert.equal(choose().whose, "the kind cluster mine of the stack dev");
  });

  it("is not that of another stack, project or checkout", async () => {
    await keepKubeconfig("plano-demo", { ...who(), owner: "my-gateway/prod" }, "kind");
    await keepKubeconfig("plano-demo", { ...who(), owner: "plano-affinity/dev" }, "kind");
    await keepKubeconfig("plano-demo", { ...who(), ownerFolder: "/elsewhere" }, "kind");
    await sandbox("plano-demo", { ...who(), ownerFolder: "/elsewhere" });
    assert.deepEqual(choose(), atHand);
  });

  it("is the sandbox that the stack made", async () => {
    const file = await sandbox("plano-demo");
    assert.deepEqual(choose(), { file, whose: "the sandbox plano-demo of the stack dev" });
  });

  it("is not looked for elsewhere while nobody can tell whose a sandbox is", async () => {
    await sandbox("plano-demo");
    const file = await scratch().file("state/plano-affinity/clusters/plano-demo/spec.json", '{"owner": "my-gate');
    assert.throws(
      () => choose(),
      ({ message }: Error) => message.startsWith(`${file} cannot be read: `),
    );
  });

  it("is the user's where the stack is on one of the user's contexts, by a key without a namespace too", async () => {
    await keepKubeconfig("plano-demo", who(), "kind");
    await scratch().file("Pulumi.dev.yaml", "config: { cluster: existing }");
    assert.deepEqual(choose(), atHand);
  });

  it("is left to a user who names it, or who needs none", async () => {
    await keepKubeconfig("plano-demo", who(), "kind");
    for (const args of [["--context", "prod"], ["--context=prod"], ["--replica", "a=http://a"], ["--url=http://a"], ["--help"]])
      assert.deepEqual(choose(...args), {}, args.join(" "));
    assert.deepEqual(chosenKubeconfig(checkout, [], { ...process.env, KUBECONFIG: "/mine" }), {});
    assert.deepEqual(
      chosenKubeconfig(checkout, [], { ...process.env, KUBECONFIG: "" }),
      choose(),
      "empty is unset, as for kubectl",
    );
  });
});
