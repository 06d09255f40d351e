import { join } from "node:path";
import { run } from "../../../lib/command";

const project = join(__dirname, "..", "..", "..");

/** Tests of this room that call the verifier's module or start its command line; not those that take long, or of short lives. */
const names = [
  "anchored",
  "bad-input",
  "bad-input-redis",
  "cli",
  "contracts",
  "documented-account",
  "in-cluster-cli",
  "kubernetes",
  "verify",
];

/** A bundler gives classes other names, and drops what it takes for unused. */
describe("what is shipped", function () {
  this.timeout(900_000);

  it("passes the tests of its sources", async () => {
    const mocha = join(project, "node_modules", "mocha", "bin", "mocha.js");
    const files = names.map((name) => join(__dirname, `${name}.test.ts`));
    const args = ["--exit", "--reporter", "dot", "--timeout", "300000", "--require", join(__dirname, "compiled.mjs")];
    // What the tests themselves are told to count is not of these.
    const { NODE_V8_COVERAGE: _lines, PLANO_AFFINITY_COUNTS: _tests, ...env } = process.env;
    await run(process.execPath, [mocha, ...args, ...files], { cwd: project, env });
  });
});
