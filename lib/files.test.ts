import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { writeWhole } from "./files";
import { scratchPerTest } from "./testing/scratch";
import { skipBecause } from "./testing/skip";

describe("a file that is written whole", () => {
  const scratch = scratchPerTest();
  const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

  it("replaces the one before, keeps its mode, and leaves nothing beside it", async () => {
    const file = join(scratch().folder, "file");
    await writeFile(file, "old");
    await chmod(file, 0o640);
    await writeWhole(file, ["new", "er"]);
    assert.equal(await scratch().read("file"), "newer");
    assert.equal(await modeOf(file), 0o640);
    await writeWhole(file, "secret", { mode: 0o600 });
    assert.equal(await modeOf(file), 0o600);
    assert.deepEqual(await readdir(scratch().folder), ["bin", "file"]);
  });

  it("is what it was when writing fails, with nothing beside it", async () => {
    await writeFile(join(scratch().folder, "file"), "old");
    const broken = Readable.from(
      (function* () {
        yield "new";
        throw new Error("no more");
      })(),
    );
    await assert.rejects(writeWhole(join(scratch().folder, "file"), broken), { message: "no more" });
    assert.equal(await scratch().read("file"), "old");
    assert.deepEqual(await readdir(scratch().folder), ["bin", "file"]);
  });

  it("can be refused where there is one already", async () => {
    const file = join(scratch().folder, "file");
    await writeWhole(file, "first", { exclusive: true });
    await assert.rejects(writeWhole(file, "second", { exclusive: true }), { code: "EEXIST" });
    assert.equal(await scratch().read("file"), "first");
    assert.deepEqual(await readdir(scratch().folder), ["bin", "file"]);
  });

  it("may be where a link leads that leads nowhere yet, with the longest name there is", async () => {
    const name = "x".repeat(255);
    await symlink(name, join(scratch().folder, "link"));
    await writeWhole(join(scratch().folder, "link"), "new");
    assert.equal(await scratch().read(name), "new");
    assert.deepEqual(await readdir(scratch().folder), ["bin", "link", name]);
  });

  it("is written where a link leads, and not in place of a device", async () => {
    await mkdir(join(scratch().folder, "there"));
    await writeFile(join(scratch().folder, "there", "file"), "old");
    await symlink("there/file", join(scratch().folder, "link"));
    await writeWhole(join(scratch().folder, "link"), "new");
    assert.equal(await scratch().read("there/file"), "new");
    await writeWhole("/dev/null", "nothing");
    assert.equal((await stat("/dev/null")).isCharacterDevice(), true);
  });

  /** Writes 100 kB to each file, in a shell that first did something else. @returns what the shell and the writes said */
  const shell = (script: string, files: readonly string[], command: readonly string[] = [], content = hundred): string => {
    const write = `for (const it of process.argv.slice(1))
      require(${JSON.stringify(join(__dirname, "files.ts"))}).writeWhole(it, ${content}).catch((error) => console.log(error.message))`;
    const node = [process.execPath, "--require", "tsx/cjs", "--eval", write, ...files];
    const [program = "sh", ...args] = [...command, "sh", "-c", `${script} "$@"`, "sh", ...node];
    const options = {
      cwd: join(__dirname, ".."),
      env: { ...process.env, PATH: systemPath, TSX_DISABLE_CACHE: "1", NODE_V8_COVERAGE: undefined },
    };
    const { stdout, stderr } = spawnSync(program, args, { ...options, encoding: "utf8" });
    return stdout + stderr;
  };
  const hundred = '"x".repeat(1e5)';
  const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

  it("goes with a process that a signal ends, but not while others listen to it", async () => {
    const signals = `(process.once("SIGINT", () => undefined), async function* () {
      for (const time of ["first", "second"]) {
        yield time;
        process.kill(process.pid, "SIGINT");
        await new Promise((done) => setTimeout(done, 1_000));
        console.log(time, require("node:fs").readdirSync(require("node:path").dirname(it)).length);
      }
    })()`;
    assert.equal(shell("", [join(scratch().folder, "file")], [], signals), "first 2\n");
    assert.deepEqual(await readdir(scratch().folder), ["bin"]);
  });

  it("goes on where an open file is, in place of what is in it", async () => {
    const log = await scratch().file("log", "old\n");
    await symlink("/dev/stdout", join(scratch().folder, "link"));
    shell(`exec >> ${log}; echo begun;`, [join(scratch().folder, "link")]);
    assert.match(await scratch().read("log"), /^old\nbegun\nx+$/);
    shell(`exec > ${log}; echo begun;`, ["/dev/fd/1"]);
    assert.match(await scratch().read("log"), /^begun\nx+$/);
    assert.deepEqual(await readdir(scratch().folder), ["bin", "link", "log"]);
  });

  it("is what it was, or not there, when the disk takes a part only, and the error names it", async () => {
    const files = [await scratch().file("file", "old"), join(scratch().folder, "new")];
    const said = shell("ulimit -f 32;", files).trim().split("\n").sort();
    assert.deepEqual(said, files.map((it) => `${it} could not be written: EFBIG: file too large, write`).sort());
    assert.equal(await scratch().read("file"), "old");
    assert.deepEqual(await readdir(scratch().folder), ["bin", "file"]);
  });

  it("is written in place where it is mounted by itself, or its folder takes no new files", async function () {
    if (process.getuid?.() !== 0 || process.platform !== "linux") skipBecause(this, "only Linux' root mounts files");
    const [mounted, inner] = ["mounted", "folder/inner"].map((it) => join(scratch().folder, it)) as [string, string];
    for (const it of [mounted, inner]) await scratch().file(it, "old");
    const mounts = `mount --bind ${mounted} ${mounted} && mount --bind -o ro ${scratch().folder}/folder ${scratch().folder}/folder && mount --bind -o rw`;
    assert.equal(shell(`${mounts} ${mounted} ${inner} &&`, [mounted, inner], ["unshare", "--mount"]), "");
    for (const it of await readdir(scratch().folder)) assert.ok(!it.endsWith(".part"), it);
    assert.equal((await scratch().read("mounted")).length, 1e5);
  });
});
