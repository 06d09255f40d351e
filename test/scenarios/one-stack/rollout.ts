import { strict as assert } from "node:assert";
import { loadImage } from "../../../sandbox/lifecycle/sandbox";
import { stepByStep } from "../../../lib/testing/skip";
import { connect } from "../../stacks/kube";
import { assertNoStackTrace, type TestStack } from "../../stacks/stack";

export function rollout(theStack: () => TestStack): void {
  describe("a rollout on a sandbox that cannot succeed", function () {
    stepByStep(this);

    it("shows the last log lines of a gateway that does not start", async () => {
      const stack = theStack();
      const program = { programs: { "/usr/local/bin/node": process.execPath }, entrypoint: ["node"], cmd: ["/app/missing.js"] };
      await stack.configure({ image: await loadImage(stack.name, { name: "broken", ...program, user: "1000:1000" }) });
      const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
      assert.notEqual(code, 0);
      assert.match(output, /Cannot find module '\/app\/missing\.js'/);
      assertNoStackTrace(output.replaceAll(/^\s+at .*\(node:internal.*$/gm, ""));
    });

    it("names the port when another service has it, and passes when it is free again", async () => {
      const stack = theStack();
      await stack.configure({ image: undefined, serviceType: "ClusterIP" });
      await stack.up();
      const { core } = await connect(stack);
      const taker = { metadata: { name: "taker" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] } };
      await core.createNamespacedService({ namespace: "default", body: taker });
      await stack.configure({ serviceType: undefined });
      assert.match(await stack.upFails(), /32000.*already allocated/);
      await core.deleteNamespacedService({ namespace: "default", name: "taker" });
      await stack.up();
    });
  });
}
