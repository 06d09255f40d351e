import { strict as assert } from "node:assert";
import { cp, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Affinity } from "../../../components/proof/proof";
import { run } from "../../../lib/command";
import { publishedImages } from "../../../settings/images";
import { readersEnvironment } from "../../readme-shell";
import { EngineStack, needsPulumi } from "../../stacks/engine";
import { nameInNode } from "../../stacks/kind-node/images";
import type { OutsideCluster } from "../../stacks/outside-cluster";

const project = join(__dirname, "../../..");

/** docs/examples/own-program, as somebody has it who installs the packed components. */
export function ownProgram(theCluster: () => OutsideCluster): void {
  describe("a program of one's own that has the package installed", () => {
    let stack: EngineStack;

    before(async function () {
      await needsPulumi(this);
      const cluster = theCluster();
      await cluster.loadAs(cluster.image, nameInNode(publishedImages.stub));
      const folder = await mkdtemp(join(tmpdir(), "plano-affinity-own-program-"));
      await cp(join(project, "docs/examples/own-program"), folder, { recursive: true });
      const env = readersEnvironment();
      await run("npm", ["pack", "--pack-destination", folder], { cwd: project, env });
      await run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, env });
      stack = await EngineStack.in(folder, { KUBECONFIG: await cluster.kubeconfig("admin") });
    });
    after(() => stack?.[Symbol.asyncDispose]());

    it("deploys a stack and proves it", async () => {
      await stack.must("config", "set", "gateway", "standin");
      const output = await stack.up();
      const affinity = await stack.output<Affinity>("affinity");
      assert.deepEqual([affinity.verdict, affinity.gateway, affinity.replicas.length], ["pass", "standin", 2], output);
      const { spec } = await theCluster().api.apps.readNamespacedDeployment({ namespace: "plano-team", name: "plano" });
      assert.equal(spec?.template.spec?.containers[0]?.resources?.requests?.["cpu"], "100m");
      assert.match(await stack.up(), /Resources:\s+\d+ unchanged/);
    });

    it("finds what the package does in processes of their own", async () => {
      const operate = 'require("./node_modules/plano-affinity-stack/dist/lib/dynamic/operate.js").operate';
      const program = `${operate}("components/external-redis/check-provider.ts", "guess", {}).catch((it) => console.log(it.message))`;
      const said = await run(process.execPath, ["-e", program], { cwd: stack.folder });
      assert.equal(said, "unknown operation; known are check\n");
    });

    it("leaves nothing when it is destroyed", async () => {
      await stack.destroy();
      const { items } = await theCluster().api.core.listNamespace();
      assert.ok(!items.some(({ metadata }) => metadata?.name === "plano-team"));
    });
  });
}
