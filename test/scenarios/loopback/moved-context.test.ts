import { strict as assert } from "node:assert";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineStack, needsPulumi } from "../../stacks/engine";
import type { FakeApiServer } from "../../../lib/kubernetes/testing/fake-api-server";
import { fitApiServer } from "../../../clusters/testing/preflight-facts";

const ROOT = join(__dirname, "..", "..", "..");

/** What the program does before the first resource in the cluster, with settings from a file. */
const program = `
import { readFileSync } from "node:fs";
import { checkExisting } from "${ROOT}/components/check-existing";
import { loadSettings, settleByCluster } from "${ROOT}/settings";
export = async () => {
  const values = new Map(Object.entries(JSON.parse(readFileSync("settings.json", "utf8"))));
  const settings = loadSettings({ values, secretKeys: new Set() });
  return await checkExisting(settings, settleByCluster(settings, "existing"), { kind: "existing", joined: false });
};
`;

describe("a stack on the current context, in a real engine", function () {
  this.timeout(600_000);

  before(async function () {
    await needsPulumi(this);
  });

  const upOn = async (stack: EngineStack, on: FakeApiServer, settings: object = {}): Promise<string> => {
    await writeFile(join(stack.folder, "kubeconfig"), on.kubeconfig());
    await writeFile(join(stack.folder, "settings.json"), JSON.stringify({ cluster: "existing", upstream: "stub", ...settings }));
    const { code, output } = await stack.pulumi("up", "--yes");
    return code === 0 ? "up" : output;
  };

  it("stays on its cluster when the address changes, once and again, and moves only where it is sent", async () => {
    await using stack = await EngineStack.of(program, { KUBECONFIG: "kubeconfig" });
    await using first = await fitApiServer();
    await using other = await fitApiServer();
    // Nothing was made where something stood in the way: another cluster may be chosen.
    other.answers.set("/version", 401);
    assert.match(await upOn(stack, other), /answers 401: status 401/);
    other.answers.set("/version", {});
    assert.equal(await upOn(stack, first), "up");
    const annotations = await stack.output<object>("annotations");
    assert.match(JSON.stringify(annotations), /^{"plano-affinity\/stack":"[0-9a-f]{16}"}$/);
    for (const settings of [{}, { context: "fake" }, {}, { context: "fake" }]) {
      await using later = await fitApiServer();
      later.answers.set("/api/v1/namespaces/plano-demo", { metadata: { annotations } });
      assert.equal(await upOn(stack, later, settings), "up");
      assert.equal(await stack.output("identifier"), first.url);
    }
    const refused = (at: FakeApiServer) => new RegExp(`context: the stack is on the cluster at ${at.url}, and the current`);
    assert.match(await upOn(stack, other), refused(first));
    assert.equal(await upOn(stack, other, { context: "fake" }), "up");
    assert.equal(await stack.output("identifier"), other.url);
    assert.match(await upOn(stack, first), refused(other));
  });
});
