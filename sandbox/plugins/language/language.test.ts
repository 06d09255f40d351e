import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { directDependencies } from "./host";
import { parseRuntimeOptions } from "./program";

const PRELOAD = join(__dirname, "error-preload.cjs");

describe("plugins: language host options", () => {
  it("has the official host's defaults", () => {
    assert.deepEqual(parseRuntimeOptions({}), { typescript: true, nodeArgs: [], tsconfig: undefined });
  });

  it("splits nodeargs as a shell does", () => {
    const { nodeArgs } = parseRuntimeOptions({ nodeargs: `--require tsx/cjs  --title "a b" --x='c d'` });
    assert.deepEqual(nodeArgs, ["--require", "tsx/cjs", "--title", "a b", "--x=c d"]);
  });

  for (const [option, value, expected] of [
    ["typescript", "no", "true or false"],
    ["nodeargs", 1, "a string"],
    ["tsconfig", true, "a string"],
  ] as const) {
    it(`refuses a wrong ${option}`, () => {
      assert.throws(
        () => parseRuntimeOptions({ [option]: value }),
        new Error(`Pulumi.yaml: runtime.options.${option} must be ${expected}`),
      );
    });
  }

  it("lists a program's packages with the versions that are installed", () => {
    const sdk = directDependencies(join(__dirname, "..", "..", "..")).find(({ name }) => name === "@pulumi/pulumi");
    assert.match(sdk?.version ?? "", /^\d+\.\d+\.\d+$/);
    assert.deepEqual(directDependencies("/nowhere"), []);
  });

  it("prints an error of the SDK at once: without the preload Node needs half a minute", () => {
    // The stack that the SDK's source maps give.
    const script = `const e = new Error("boom"); e.stack = "Error: boom\\n    at a (/w/node_modules/@pulumi/output.ts:5:1)";
            process.stdout.write(require("util").inspect(e, { colors: true }) + require("util").inspect.custom.toString());`;
    const { stdout, error } = spawnSync(process.execPath, ["--require", PRELOAD, "-e", script], {
      encoding: "utf8",
      timeout: 4000,
    });
    assert.equal(error, undefined);
    assert.match(stdout, /boom[\s\S]*output\.ts:5:1[\s\S]*nodejs\.util\.inspect\.custom/);
  });
});
