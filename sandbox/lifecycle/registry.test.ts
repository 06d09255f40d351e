import assert from "node:assert/strict";
import { join } from "node:path";
import { Scratch } from "../../lib/testing/scratch";
import { listSandboxes, runningNode, sandboxFolder } from "./registry";
import { saveProcess } from "./node-process";
import { removeSandbox, sandboxStatus } from "./sandbox";

describe("a sandbox whose files are not whole", () => {
  for (const [what, torn] of [
    ["empty", ""],
    ["cut off", '{"name": "torn", "owner": "my-gate'],
    ["of another kind", "null"],
    ["zeros", "\0\0\0\0"],
  ] as const)
    it(`is named by whoever needs it, with what to do, and hides no other: ${what}`, async () => {
      await using scratch = await Scratch.make();
      const whole = { name: "whole", owner: "my-gateway/dev", ownerFolder: scratch.folder };
      const folder = sandboxFolder("torn");
      const file = await scratch.file(join(folder, "spec.json"), torn);
      await scratch.file(join(sandboxFolder("whole"), "spec.json"), JSON.stringify(whole));
      assert.deepEqual(await listSandboxes(), [whole]);
      await saveProcess(folder, process.pid);
      for (const ask of [() => runningNode("torn"), () => removeSandbox({ ...whole, name: "torn" })])
        await assert.rejects(ask, ({ message }: Error) => {
          assert.ok(message.startsWith(`${file} cannot be read: `), message);
          assert.ok(
            message.endsWith(
              `\n→ restore it, or give this sandbox up: end its process, if ${folder}/process.json names one, and rm -r ${folder}`,
            ),
          );
          return true;
        });
      assert.equal(await scratch.read("state/plano-affinity/clusters/torn/spec.json"), torn);
    });

  it("has ended for a reason that nobody knows, and can be started again", async () => {
    await using scratch = await Scratch.make();
    await scratch.file(join(sandboxFolder("a"), "kubeconfig"), "whole");
    await scratch.file(join(sandboxFolder("a"), "status.json"), '{"state": "end');
    assert.deepEqual(await sandboxStatus("a"), { exists: true, running: false, reason: "its processes are gone" });
  });
});
