import { strict as assert } from "node:assert";
import { loadImage } from "../../sandbox/lifecycle/sandbox";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { connect } from "../stacks/kube";
import { removeLeftovers } from "../stacks/leftovers";
import { assertNoStackTrace, TestStack } from "../stacks/stack";

describe("a rollout on a sandbox that cannot succeed", function () {
  stepByStep(this);
  const name = "e2e-rollout";
  let stack: TestStack;

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "the sandbox needs Linux and root");
    await removeLeftovers();
    stack = await TestStack.create(name);
    await stack.must(["up", "--yes", "--skip-preview"]);
  });

  after(async () => {
    await stack?.[Symbol.asyncDispose]();
  });

  it("shows the last log lines of a gateway that does not start", async () => {
    const definition = {
      programs: { "/usr/local/bin/node": process.execPath },
      entrypoint: ["node"],
      cmd: ["/app/missing.js"],
      user: "1000:1000",
    };
    const image = await loadImage(name, { name: "broken", ...definition });
    await stack.configure({ image });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /Cannot find module '\/app\/missing\.js'/);
    assertNoStackTrace(output.replaceAll(/^\s+at .*\(node:internal.*$/gm, ""));
  });

  it("names the port when another service has it, and passes when it is free again", async () => {
    await stack.configure({ image: undefined, serviceType: "ClusterIP" });
    assert.equal((await stack.pulumi(["up", "--yes", "--skip-preview"])).code, 0);
    const { core } = await connect(stack);
    const taker = { metadata: { name: "taker" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] } };
    await core.createNamespacedService({ namespace: "default", body: taker });
    await stack.configure({ serviceType: undefined });
    const { code, output } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /32000.*already allocated/);
    assertNoStackTrace(output);
    await core.deleteNamespacedService({ namespace: "default", name: "taker" });
  });
});
