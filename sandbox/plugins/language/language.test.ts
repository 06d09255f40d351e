import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

describe("plugins: language host", () => {
  it("prints an error of the SDK at once: without the preload Node needs half a minute", () => {
    // The stack that the SDK's source maps give.
    const script = `const e = new Error("boom"); e.stack = "Error: boom\\n    at a (/w/node_modules/@pulumi/output.ts:5:1)";
            process.stdout.write(require("util").inspect(e, { colors: true }) + require("util").inspect.custom.toString());`;
    const args = ["--require", join(__dirname, "error-preload.cjs"), "-e", script];
    const { stdout, error } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 4000 });
    assert.equal(error, undefined);
    assert.match(stdout, /boom[\s\S]*output\.ts:5:1[\s\S]*nodejs\.util\.inspect\.custom/);
  });
});
