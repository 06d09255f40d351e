import { strict as assert } from "node:assert";
import { mkdir, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { scratchPerTest } from "../testing/scratch";
import { operate } from "./operate";

describe("an operation of a dynamic resource", () => {
  const scratch = scratchPerTest();
  const { execPath } = process;

  afterEach(() => void (process.execPath = execPath));

  /** Runs a program with inputs that no pipe holds at once. */
  const run = async (program: string): Promise<unknown> => {
    const file = await scratch().file("program.cjs", program);
    return operate(relative(process.cwd(), file), "create", { text: "x".repeat(4_000_000) });
  };

  it("gets its inputs and answers", async () => {
    const answer =
      'let text = ""; process.stdin.on("data", (it) => (text += it)).on("end", () => process.stdout.write(JSON.stringify({ operation: process.argv[2], size: JSON.parse(text).text.length })));';
    assert.deepEqual(await run(answer), { operation: "create", size: 4_000_000 });
  });

  it("that ends before it has read its inputs fails with its own words, and ends nothing else", async () => {
    const program = 'process.stdin.destroy(); process.stderr.write(" • a step\\nno luck\\n"); process.exitCode = 1;';
    await assert.rejects(run(program), { message: "no luck" });
    await assert.rejects(run("process.exit(3);"), { message: /program\.cjs create ended with 3 and said nothing$/ });
  });

  it("is found in this package, from a program that has it installed and from one in the repository", async () => {
    const [repository, program] = [process.cwd(), "images/built-image-provider.ts"];
    await mkdir(join(scratch().folder, "node_modules"));
    await symlink(repository, join(scratch().folder, "node_modules/plano-affinity-stack"));
    try {
      for (const elsewhere of [scratch().folder, join(repository, "docs/examples")]) {
        process.chdir(elsewhere);
        await assert.rejects(operate(program, "guess", {}), {
          message: "unknown operation; known are make, local, pushed, remove",
        });
      }
    } finally {
      process.chdir(repository);
    }
  });

  it("that cannot be started says why", async () => {
    process.execPath = join(scratch().folder, "node");
    await assert.rejects(run(""), { message: /^spawn \S+node ENOENT$/ });
    await scratch().file("node", "");
    await assert.rejects(run(""), { message: /^spawn \S+node EACCES$/ });
  });
});
