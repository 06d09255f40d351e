import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseRuntimeOptions } from "./program";

describe("plugins: language host", () => {
  it("reads options as the official host does, with its defaults, and splits nodeargs as a shell does", () => {
    assert.deepEqual(parseRuntimeOptions({}), { typescript: true, nodeArgs: [] });
    const { nodeArgs } = parseRuntimeOptions({ nodeargs: `--require tsx/cjs  --title "a b" --x='c d'` });
    assert.deepEqual(nodeArgs, ["--require", "tsx/cjs", "--title", "a b", "--x=c d"]);
  });

  it("refuses a value of the wrong type", () => {
    const wrong = { typescript: ["no", "true or false"], nodeargs: [1, "a string"] } as const;
    for (const [option, [value, expected]] of Object.entries(wrong)) {
      const refusal = new Error(`Pulumi.yaml: runtime.options.${option} must be ${expected}`);
      assert.throws(() => parseRuntimeOptions({ [option]: value }), refusal);
    }
  });

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
