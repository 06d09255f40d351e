import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withBackend } from "../../../commands/pulumi-environment";
import { run } from "../../../lib/command";
import { Scratch } from "../../../lib/testing/scratch";
import { engineEnvironment, needsPulumi } from "../../stacks/engine";

describe("the stacks of a checkout", function () {
  this.timeout(60_000);

  for (const name of ["a b", "a#b", "a%41b", "100%", "ü+&'"])
    it(`are in its own folder when that is called ${name}`, async function () {
      const pulumi = await needsPulumi(this);
      await using scratch = await Scratch.make(process.env.PATH);
      const project = join(scratch.folder, name);
      await scratch.file(join(project, "Pulumi.yaml"), "name: my-gateway\nruntime: nodejs\n");
      const { PULUMI_BACKEND_URL: _, PULUMI_CONFIG_PASSPHRASE: __, ...own } = await engineEnvironment(scratch.folder);
      const env = await withBackend(own, project);
      await run(pulumi, ["stack", "init", "dev", "--non-interactive"], { cwd: project, env });
      assert.ok(existsSync(join(project, ".pulumi", "stacks", "my-gateway", "dev.json")));
    });
});
