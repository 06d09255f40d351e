import { strict as assert } from "node:assert";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { operate } from "./operate";

describe("an operation of a dynamic resource", () => {
  let folder: string;
  const { execPath } = process;

  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "plano-affinity-operate-"))));
  afterEach(async () => {
    process.execPath = execPath;
    await rm(folder, { recursive: true, force: true });
  });

  /** Runs a program with inputs that no pipe holds at once. */
  const run = async (program: string): Promise<unknown> => {
    const file = join(folder, "program.cjs");
    await writeFile(file, program);
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
    await mkdir(join(folder, "node_modules"));
    await symlink(repository, join(folder, "node_modules/plano-affinity-stack"));
    try {
      for (const elsewhere of [folder, join(repository, "docs/examples/own-program")]) {
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
    process.execPath = join(folder, "node");
    await assert.rejects(run(""), { message: /^spawn \S+node ENOENT$/ });
    await writeFile(process.execPath, "");
    await chmod(process.execPath, 0o644);
    await assert.rejects(run(""), { message: /^spawn \S+node EACCES$/ });
  });
});
