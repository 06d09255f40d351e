import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Scratch } from "../../lib/testing/scratch";

const checkout = join(__dirname, "..", "..");

describe("the bootstrap", () => {
  /** A checkout without packages, and an `npm` that writes down each call and installs an empty tsx. */
  const project = async (npm = ""): Promise<Scratch> => {
    const scratch = await Scratch.make();
    for (const it of ["tmp", "commands/bootstrap"]) await mkdir(join(scratch.folder, it), { recursive: true });
    process.env.TMPDIR = join(scratch.folder, "tmp");
    await copyFile(join(checkout, "commands", "bootstrap", "run.mjs"), join(scratch.folder, "commands", "bootstrap", "run.mjs"));
    await scratch.file("package-lock.json", "{}");
    await scratch.file(
      "commands/hello.ts",
      "process.stdout.write(`hello ${process.argv.slice(2).join()}`); process.exitCode = 7;",
    );
    await scratch.program("npm", `echo "$@" >> npm-calls; ${npm}\nmkdir -p node_modules/tsx; : > node_modules/tsx/cjs.js`);
    return scratch;
  };
  const started: ChildProcessWithoutNullStreams[] = [];
  const start = (scratch: Scratch, args: readonly string[]) => {
    const child = spawn(process.execPath, [join(scratch.folder, "commands", "bootstrap", "run.mjs"), ...args], {
      detached: true,
    });
    started.push(child);
    return child;
  };
  // One that a test has suspended, when the test fails.
  afterEach(() => started.splice(0).forEach((it) => it.kill("SIGKILL")));
  const endOf = async (child: ChildProcessWithoutNullStreams) => {
    const [stdout, stderr, ended] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    const [code] = ended as [number];
    return { code, stdout, stderr };
  };
  const run = (scratch: Scratch, ...args: string[]) => endOf(start(scratch, args));
  const locks = (scratch: Scratch): Promise<string[]> => readdir(join(scratch.folder, "tmp"));
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
    assert.deepEqual(await locks(scratch), []);
  });

  it("installs once when two runs begin at once", async () => {
    await using scratch = await project("sleep 0.3;");
    const ends = await Promise.all([run(scratch, "hello"), run(scratch, "hello")]);
    assert.deepEqual([ends[0].code, ends[1].code], [7, 7]);
    assert.equal((await installs(scratch)).length, 1);
  });

  /** Goes on when the file `go` is there. */
  const held = "until [ -e go ]; do sleep 0.02; done;";

  it("takes over at once from a run that was killed while it installed, one of two that begin then", async () => {
    await using scratch = await project(held);
    const child = start(scratch, ["hello"]);
    await scratch.written("npm-calls");
    process.kill(-(child.pid ?? 0), "SIGKILL");
    await once(child, "close");
    assert.equal((await locks(scratch)).length, 1);
    await scratch.file("go", "");
    const ends = await Promise.all([run(scratch, "hello"), run(scratch, "hello")]);
    assert.deepEqual([ends[0].code, ends[1].code, (await installs(scratch)).length], [7, 7, 2]);
    assert.deepEqual(await locks(scratch), []);
  });

  it("waits for a run that is suspended while it installs, says so, and installs nothing a second time", async () => {
    await using scratch = await project(held);
    const first = start(scratch, ["hello"]);
    const firstEnd = endOf(first);
    await scratch.written("npm-calls");
    first.kill("SIGSTOP");
    await scratch.file("go", "");
    const second = start(scratch, ["hello"]);
    const secondEnd = endOf(second);
    await once(second.stderr, "data");
    first.kill("SIGCONT");
    const [one, two] = await Promise.all([firstEnd, secondEnd]);
    assert.deepEqual([one.code, two.code, two.stderr], [7, 7, " • waiting for another run to install packages\n"]);
    assert.equal((await installs(scratch)).length, 1);
  });

  it("does not mind what an older release left as its lock, at whatever time", async () => {
    await using scratch = await project();
    await mkdir(join(scratch.folder, ".npm-ci.lock"));
    await utimes(join(scratch.folder, ".npm-ci.lock"), new Date(), new Date(Date.now() + 86_400_000));
    assert.equal((await run(scratch, "hello")).code, 7);
  });

  it("lets nobody else write what it installs, whatever the umask", async () => {
    await using scratch = await project();
    const before = process.umask(0);
    try {
      await run(scratch, "hello");
    } finally {
      process.umask(before);
    }
    for (const it of ["node_modules", "node_modules/tsx/cjs.js"])
      assert.equal((await stat(join(scratch.folder, it))).mode & 0o022, 0, it);
  });

  it("says what is wrong with a folder in which no task can run", async () => {
    await using scratch = await project();
    const odd = join(scratch.folder, "a?b");
    await cp(join(scratch.folder, "commands"), join(odd, "commands"), { recursive: true });
    const child = spawn(process.execPath, [join(odd, "commands", "bootstrap", "run.mjs"), "hello"]);
    assert.deepEqual(await endOf(child), {
      code: 1,
      stdout: "",
      stderr: `${odd}: tsx runs nothing below a folder with a "?" in its name; move the checkout\n`,
    });
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
    assert.deepEqual(await locks(scratch), []);
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
    assert.deepEqual(await locks(scratch), []);
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
    assert.deepEqual(await locks(scratch), []);
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
