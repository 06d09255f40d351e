import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { Scratch } from "../../lib/testing/scratch";

const checkout = join(__dirname, "..", "..");

describe("the bootstrap", () => {
  /** A checkout without packages, and an `npm` that writes down each call and installs an empty tsx. */
  const project = async (npm = ""): Promise<Scratch> => {
    const scratch = await Scratch.make();
    await mkdir(join(scratch.folder, "commands", "bootstrap"), { recursive: true });
    await copyFile(join(checkout, "commands", "bootstrap", "run.mjs"), join(scratch.folder, "commands", "bootstrap", "run.mjs"));
    await scratch.file("package-lock.json", "{}");
    await scratch.file(
      "commands/hello.ts",
      "process.stdout.write(`hello ${process.argv.slice(2).join()}`); process.exitCode = 7;",
    );
    await scratch.program("npm", `echo "$@" >> npm-calls; ${npm}\nmkdir -p node_modules/tsx; : > node_modules/tsx/cjs.js`);
    return scratch;
  };
  const start = (scratch: Scratch, args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [join(scratch.folder, "commands", "bootstrap", "run.mjs"), ...args], { detached: true });
  const endOf = async (child: ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> => {
    const said = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const)
      child[stream]?.setEncoding("utf8").on("data", (text: string) => (said[stream] += text));
    const [code] = (await once(child, "close")) as [number];
    return { code, ...said };
  };
  const run = (scratch: Scratch, ...args: string[]) => endOf(start(scratch, args));
  const installs = async (scratch: Scratch): Promise<string[]> => (await scratch.read("npm-calls")).trim().split("\n");

  it("installs what is missing or out of date, then runs the task with its arguments and exit code", async () => {
    await using scratch = await project();
    const { code, stdout, stderr } = await run(scratch, "hello", "--name", "planet");
    assert.deepEqual([code, stdout], [7, "hello --name,planet"]);
    assert.match(stderr, /^ • packages \(npm ci\)\n ✓ packages \(npm ci\) \d+\.\d s\n$/);
    assert.deepEqual(await installs(scratch), [
      "ci --include=dev --ignore-scripts --no-dry-run --no-audit --no-fund --loglevel=error",
    ]);
    assert.equal((await run(scratch, "hello")).stderr, "");
    await scratch.file("package-lock.json", '{"packages": {}}');
    await run(scratch, "hello");
    assert.equal((await installs(scratch)).length, 2);
    assert.equal(existsSync(join(scratch.folder, ".npm-ci.lock")), false);
  });

  it("installs once when two runs begin at once", async () => {
    await using scratch = await project("sleep 0.3;");
    const ends = await Promise.all([run(scratch, "hello"), run(scratch, "hello")]);
    assert.deepEqual([ends[0].code, ends[1].code], [7, 7]);
    assert.equal((await installs(scratch)).length, 1);
  });

  it("takes over from a run that died while it installed", async () => {
    await using scratch = await project();
    const lock = join(scratch.folder, ".npm-ci.lock");
    await mkdir(lock);
    const before = new Date(Date.now() - 20_000);
    await utimes(lock, before, before);
    assert.equal((await run(scratch, "hello")).code, 7);
  });

  it("says what to look at when packages cannot be installed, and tries again the next time", async () => {
    await using scratch = await project("[ -e broken ] && { echo npm error code ENOTFOUND >&2; exit 1; }");
    await scratch.file("broken", "");
    const { code, stdout, stderr } = await run(scratch, "hello");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.equal(
      stderr,
      " • packages (npm ci)\nnpm error code ENOTFOUND\nnpm ci failed: see its messages above. Is the npm registry reachable? `npm ping` tells.\n",
    );
    assert.equal(existsSync(join(scratch.folder, ".npm-ci.lock")), false);
    await rm(join(scratch.folder, "broken"));
    assert.equal((await run(scratch, "hello")).code, 7);
  });

  it("says so when there is no npm, and leaves no lock", async () => {
    await using scratch = await project();
    process.env.PATH = "/nonexistent";
    assert.deepEqual(await run(scratch, "hello"), {
      code: 1,
      stdout: "",
      stderr: " • packages (npm ci)\nnpm could not be started: spawn npm ENOENT\n",
    });
    assert.equal(existsSync(join(scratch.folder, ".npm-ci.lock")), false);
  });

  it("leaves no lock when it is interrupted, and does not begin the task", async () => {
    await using scratch = await project("exec sleep 60;");
    const child = start(scratch, ["hello"]);
    const ending = endOf(child);
    await scratch.written("npm-calls");
    // As a terminal does: the whole foreground group gets it.
    process.kill(-(child.pid ?? 0), "SIGINT");
    const { code, stdout, stderr } = await ending;
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /interrupted; run again to go on\n$/);
    assert.equal(existsSync(join(scratch.folder, ".npm-ci.lock")), false);
  });

  it("knows only the tasks that there are, and installs nothing for others", async () => {
    await using scratch = await project();
    for (const task of ["moon", "", "../index", "Hello"]) {
      const stderr = `there is no task "${task}"; see the scripts of package.json\n`;
      assert.deepEqual(await run(scratch, task), { code: 1, stdout: "", stderr });
    }
    assert.equal(existsSync(join(scratch.folder, "npm-calls")), false);
  });
});
