import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineStack, needsPulumi } from "../../stacks/engine";
import { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";

const ROOT = join(__dirname, "..", "..", "..");

/** What the program does before the first resource in the cluster, with settings from a file. */
const program = `
import { readFileSync } from "node:fs";
import { checkExisting } from "${ROOT}/components/check-existing";
import { loadSettings, settleByCluster } from "${ROOT}/settings";
export = async () => {
  const values = new Map(Object.entries(JSON.parse(readFileSync("settings.json", "utf8"))));
  const settings = loadSettings({ values, secretKeys: new Set() });
  const { identifier } = await checkExisting(settings, settleByCluster(settings, "existing"), { kind: "existing", joined: false });
  return { identifier };
};
`;

describe("a stack on the current context, in a real engine", function () {
  this.timeout(600_000);

  before(function () {
    needsPulumi(this);
  });

  const cluster = async (): Promise<FakeApiServer> => {
    const api = await FakeApiServer.start();
    api.answers.set("/apis/metrics.k8s.io/v1beta1", {});
    const annotations = { "storageclass.kubernetes.io/is-default-class": "true" };
    api.answers.set("/apis/storage.k8s.io/v1/storageclasses", { items: [{ metadata: { name: "standard", annotations } }] });
    return api;
  };

  const upOn = async (stack: EngineStack, on: FakeApiServer, settings: object = {}): Promise<string> => {
    await writeFile(join(stack.folder, "kubeconfig"), on.kubeconfig());
    await writeFile(join(stack.folder, "settings.json"), JSON.stringify({ cluster: "existing", upstream: "stub", ...settings }));
    const { code, output } = await stack.pulumi("up", "--yes");
    return code === 0 ? "up" : output;
  };

  it("stays on its cluster when the address changes, once and again, and can still be sent elsewhere", async () => {
    await using stack = await EngineStack.of(program, { KUBECONFIG: "kubeconfig" });
    await using first = await cluster();
    assert.equal(await upOn(stack, first), "up");
    const exported = JSON.parse(await stack.must("stack", "export")) as {
      readonly deployment: {
        readonly resources: readonly { readonly urn: string; readonly outputs?: { readonly hex?: string } }[];
      };
    };
    const id = exported.deployment.resources.find(({ urn }) => urn.endsWith("::stack-id"))?.outputs?.hex;
    assert.ok(id);
    for (const settings of [{}, { context: "fake" }, {}, { context: "fake" }]) {
      await using later = await cluster();
      later.answers.set("/api/v1/namespaces/plano-demo", { metadata: { annotations: { "plano-affinity/stack": id } } });
      assert.equal(await upOn(stack, later, settings), "up");
      assert.equal(await stack.output("identifier"), first.url);
    }
    await using other = await cluster();
    assert.equal(await upOn(stack, other, { context: "fake" }), "up");
    assert.equal(await stack.output("identifier"), other.url);
  });

  it("does not move with it, but goes where it is sent", async () => {
    await using one = await cluster();
    await using two = await cluster();
    await using stack = await EngineStack.of(program, { KUBECONFIG: "kubeconfig" });
    // Nothing was made where something stood in the way: another cluster may be chosen.
    one.answers.set("/version", 401);
    assert.match(await upOn(stack, one), /does not accept the credentials/);
    assert.equal(await upOn(stack, two), "up");
    one.answers.set("/version", {});
    assert.match(await upOn(stack, one), new RegExp(`context: the stack is on the cluster at ${two.url}, and the current`));
    assert.equal(await upOn(stack, two), "up");
    assert.equal(await upOn(stack, one, { context: "fake" }), "up");
    assert.match(await upOn(stack, two), new RegExp(`context: the stack is on the cluster at ${one.url}, and the current`));
  });
});
