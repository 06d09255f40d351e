import assert from "node:assert/strict";
import { createReadStream, existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { extract, type Header } from "tar-stream";
import { buildImage, type ImageDefinition } from "./archive";
import { scratchPerTest } from "../../lib/testing/scratch";

interface Entry {
  readonly header: Header;
  readonly content: Buffer;
}

/** Reads an archive back, entry by entry. */
async function entriesOf(archive: Readable): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>();
  for await (const entry of archive.pipe(extract())) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    found.set(entry.header.name, { header: entry.header, content: Buffer.concat(chunks) });
  }
  return found;
}

describe("an image of files of this machine", () => {
  const scratch = scratchPerTest("/usr/bin:/bin");
  let definition: ImageDefinition;

  /** A machine with one program, one library that it loads from an odd place, and one plain file. */
  beforeEach(async () => {
    const library = await scratch().file("odd/libmoon.so.1", "a library", 0o600);
    await scratch().program("ldd", `printf '\\tlibmoon.so.1 => ${library} (0x00007f00)\\n'`);
    const programs = { "/usr/local/bin/planet": await scratch().program("planet", "echo planet") };
    const files = { "/app/orbit.js": await scratch().file("orbit.js", "round and round", 0o600) };
    definition = { name: "planet", programs, files, entrypoint: ["planet"], user: "1000:1001" };
  });

  it("is named after its content, and has the same bytes wherever and whenever it is made", async () => {
    const { file, reference } = await buildImage(definition);
    const [, tag = ""] = /^localhost\/plano-affinity\/planet:([0-9a-f]{12})$/.exec(reference) ?? [];
    const folder = join(scratch().folder, "cache", "plano-affinity", "images");
    assert.equal(file, join(folder, `planet-${tag}.tar`));
    assert.deepEqual(await buildImage(definition), { file, reference });
    assert.deepEqual(await readdir(folder), [`planet-${tag}.tar`]);
    const content = await readFile(file);
    await rm(file);
    await buildImage(definition);
    assert.ok((await readFile(file)).equals(content));
  });

  it("has another name when a file, a program or the entry point changes", async () => {
    const built = [await buildImage(definition), await buildImage({ ...definition, entrypoint: ["planet", "--spin"] })];
    await scratch().file("orbit.js", "ROUND and round", 0o600);
    built.push(await buildImage(definition));
    await scratch().program("planet", "echo another planet");
    built.push(await buildImage(definition));
    assert.equal(new Set(built.map(({ reference }) => reference)).size, 4);
    for (const { file } of built) assert.ok(existsSync(file), file);
  });

  it("holds the programs, their libraries, the files, and a folder above each", async () => {
    const { file } = await buildImage({ ...definition, workdir: "/data" });
    const layer = await entriesOf(
      Readable.from((await entriesOf(createReadStream(file))).get("layer.tar")?.content ?? Buffer.of()),
    );
    const listed = [...layer].map(([name, { header }]) => `${header.mode?.toString(8)} ${name}`);
    assert.deepEqual(listed, [
      "1777 tmp/",
      "755 etc/",
      "755 data/",
      "644 etc/passwd",
      "755 app/",
      "644 app/orbit.js",
      "755 usr/",
      "755 usr/lib/",
      "755 usr/lib/libmoon.so.1",
      "755 usr/local/",
      "755 usr/local/bin/",
      "755 usr/local/bin/planet",
    ]);
    const text = (name: string): string => String(layer.get(name)?.content);
    assert.equal(text("app/orbit.js"), "round and round");
    assert.equal(text("usr/lib/libmoon.so.1"), "a library");
    assert.match(text("etc/passwd"), /^app:x:1000:1001:/m);
    for (const { header } of layer.values())
      assert.deepEqual([header.uid, header.gid, header.mtime?.getTime()], [0, 0, 0], header.name);
  });

  it("leaves nothing half-made when a file is missing", async () => {
    await assert.rejects(buildImage({ ...definition, files: { "/app/gone.js": "/nonexistent/gone.js" } }), { code: "ENOENT" });
    // This one can be listed, but not read.
    const folder = join(scratch().folder, "odd");
    await assert.rejects(buildImage({ ...definition, programs: { "/planet": folder } }), { code: "EISDIR" });
    assert.deepEqual(await readdir(join(scratch().folder, "cache", "plano-affinity", "images")), []);
  });
});
