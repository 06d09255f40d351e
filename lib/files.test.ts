import assert from "node:assert/strict";
import { chmod, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { writeWhole } from "./files";
import { Scratch } from "./testing/scratch";

describe("a file that is written whole", () => {
  const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

  it("replaces the one before, keeps its mode, and leaves nothing beside it", async () => {
    await using scratch = await Scratch.make();
    const file = join(scratch.folder, "file");
    await writeFile(file, "old");
    await chmod(file, 0o640);
    await writeWhole(file, ["new", "er"]);
    assert.equal(await scratch.read("file"), "newer");
    assert.equal(await modeOf(file), 0o640);
    await writeWhole(file, "secret", { mode: 0o600 });
    assert.equal(await modeOf(file), 0o600);
    assert.deepEqual(await readdir(scratch.folder), ["bin", "file"]);
  });

  it("is what it was when writing fails, with nothing beside it", async () => {
    await using scratch = await Scratch.make();
    await writeFile(join(scratch.folder, "file"), "old");
    const broken = Readable.from(
      (function* () {
        yield "new";
        throw new Error("no more");
      })(),
    );
    await assert.rejects(writeWhole(join(scratch.folder, "file"), broken), { message: "no more" });
    assert.equal(await scratch.read("file"), "old");
    assert.deepEqual(await readdir(scratch.folder), ["bin", "file"]);
  });

  it("can be refused where there is one already", async () => {
    await using scratch = await Scratch.make();
    const file = join(scratch.folder, "file");
    await writeWhole(file, "first", { exclusive: true });
    await assert.rejects(writeWhole(file, "second", { exclusive: true }), { code: "EEXIST" });
    assert.equal(await scratch.read("file"), "first");
    assert.deepEqual(await readdir(scratch.folder), ["bin", "file"]);
  });

  it("is written where a link leads, and not in place of a device", async () => {
    await using scratch = await Scratch.make();
    await mkdir(join(scratch.folder, "there"));
    await writeFile(join(scratch.folder, "there", "file"), "old");
    await symlink("there/file", join(scratch.folder, "link"));
    await writeWhole(join(scratch.folder, "link"), "new");
    assert.equal(await scratch.read("there/file"), "new");
    await writeWhole("/dev/null", "nothing");
    assert.equal((await stat("/dev/null")).isCharacterDevice(), true);
  });
});
