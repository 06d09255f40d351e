import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { cacheFolder, publish, readCache } from "./cache";
import { moduleFolder } from "./sources/go-module";
import type { Built, Tool } from "./tool";
import { tools } from "./tools";
import { Scratch } from "../../lib/testing/scratch";

const planet: Tool = { name: "planet", version: "1.5.0", purpose: "a test", binaries: ["planet"] };

/** When the program was made, to the millisecond, so that it can be set again. */
const madeAt = new Date("2024-02-29T12:00:00.500Z");

/** A program with a library beside it. */
async function make(folder: string): Promise<Built> {
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "root"));
  await writeFile(join(folder, "bin", "planet"), "a whole planet");
  await utimes(join(folder, "bin", "planet"), madeAt, madeAt);
  await writeFile(join(folder, "root", "library.so"), "gravity");
  return { binaries: { planet: join(folder, "bin", "planet") } };
}

describe("the cache of tools", () => {
  const published = async (): Promise<{ scratch: Scratch; folder: string }> => {
    const scratch = await Scratch.make();
    const folder = await cacheFolder(planet);
    await publish(folder, planet, "release", make);
    return { scratch, folder };
  };

  it("gives back what was published, by the paths where it stands now", async () => {
    const { scratch, folder } = await published();
    await using _ = scratch;
    const binaries = { planet: join(folder, "bin", "planet") };
    assert.deepEqual(await readCache(folder), {
      name: "planet",
      version: "1.5.0",
      origin: "release",
      binaries,
      programs: binaries,
      libraryFolders: [],
    });
    assert.deepEqual(await readdir(scratch.tools), [folder.slice(scratch.tools.length + 1)]);
  });

  it("shows nothing of a tool until it is whole", async () => {
    await using scratch = await Scratch.make();
    const folder = await cacheFolder(planet);
    await publish(folder, planet, "go", async (temporary) => {
      const built = await make(temporary);
      assert.ok(temporary.startsWith(join(scratch.tools, `.making-${process.pid}-`)));
      assert.equal(existsSync(folder), false);
      assert.equal(await readCache(folder), undefined);
      return built;
    });
    assert.equal((await readCache(folder))?.origin, "go");
  });

  const damages: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
    "a program that was cut off": (folder) => truncate(join(folder, "bin", "planet"), 5),
    "a program that was changed": (folder) => writeFile(join(folder, "bin", "planet"), "a moved planet"),
    "a library that was cut off": (folder) => truncate(join(folder, "root", "library.so"), 0),
    "no manifest": (folder) => rm(join(folder, "manifest.json")),
    "a manifest that was cut off": (folder) => truncate(join(folder, "manifest.json"), 40),
    "a manifest that is null": (folder) => writeFile(join(folder, "manifest.json"), "null"),
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`does not count a tool with ${name}, and accepts a new one`, async () => {
      const { scratch, folder } = await published();
      await using _ = scratch;
      await damage(folder);
      assert.equal(await readCache(folder), undefined);
      assert.ok(existsSync(join(folder, "bin", "planet")), "another run may be about to publish there");
      await publish(folder, planet, "release", make);
      assert.notEqual(await readCache(folder, true), undefined);
      assert.equal(await readFile(join(folder, "bin", "planet"), "utf8"), "a whole planet");
    });
  }

  it("accepts a file of another time whose content is the same", async () => {
    const { scratch, folder } = await published();
    await using _ = scratch;
    await utimes(join(folder, "bin", "planet"), new Date(0), new Date(0));
    assert.notEqual(await readCache(folder), undefined);
  });

  it("reads every file when it is asked to be thorough", async () => {
    const { scratch, folder } = await published();
    await using _ = scratch;
    const program = join(folder, "bin", "planet");
    await writeFile(program, "a holed planet");
    await utimes(program, madeAt, madeAt);
    assert.notEqual(await readCache(folder), undefined, "size and time are the same");
    assert.equal(await readCache(folder, true), undefined);
  });

  it("does not count a package whose libraries the machine has lost since", async () => {
    await using scratch = await Scratch.make();
    process.env.PATH = `${scratch.bin}:/usr/bin:/bin`;
    const folder = await cacheFolder(planet);
    await scratch.program("ldd", "printf '\\tlibmoon.so.1 => /lib/libmoon.so.1 (0x0)\\n'");
    await publish(folder, planet, "package", make);
    assert.equal((await readCache(folder))?.origin, "package");
    await scratch.program("ldd", "printf '\\tlibmoon.so.1 => not found\\n'");
    assert.equal(await readCache(folder), undefined);
  });

  it("keeps nothing of what could not be made, and what was there before", async () => {
    const { scratch, folder } = await published();
    await using _ = scratch;
    const half = async (temporary: string): Promise<Built> => {
      await writeFile(join(temporary, "half"), "");
      throw new Error("no more room in the sky");
    };
    await assert.rejects(publish(folder, planet, "go", half), { message: "no more room in the sky" });
    assert.equal((await readdir(scratch.tools)).length, 1);
    assert.equal((await readCache(folder))?.origin, "release");
  });

  it("removes what runs that were killed left, and leaves what others are making", async () => {
    await using scratch = await Scratch.make();
    const { pid: dead } = spawnSync(process.execPath, ["--version"]);
    const abandoned = join(scratch.tools, `.making-${dead}-aaaaaa`);
    const alive = join(scratch.tools, ".making-1-bbbbbb");
    for (const it of [abandoned, alive]) await mkdir(it, { recursive: true });
    await publish(await cacheFolder(planet), planet, "release", make);
    assert.equal(existsSync(abandoned), false);
    assert.equal(existsSync(alive), true);
  });

  it("has another folder for everything that decides what is built", async () => {
    await using scratch = await Scratch.make();
    const { coredns } = tools;
    const pins = await scratch.file("module/go.mod", "module planet");
    const module = relative(dirname(moduleFolder(planet)), dirname(pins));
    const composed: Tool = { ...planet, go: { module, packages: ["./planet"] } };
    const folders = [
      await cacheFolder(coredns),
      await cacheFolder({ ...coredns, version: "1.12.3" }),
      await cacheFolder({ ...coredns, go: { ...coredns.go, ldflags: "-X main.a=b" } }),
      await cacheFolder({ ...coredns, go: undefined }),
      await cacheFolder(composed),
    ];
    await scratch.file("module/planet/main.go", "package main // added");
    folders.push(await cacheFolder(composed));
    assert.equal(new Set(folders).size, folders.length);
    assert.equal(await cacheFolder(coredns), folders[0]);
  });
});
