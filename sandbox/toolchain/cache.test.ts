import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { cacheFolder, publish, readCache } from "./cache";
import { moduleFolder } from "./sources/go-module";
import type { Built, Tool } from "./tool";
import { planet } from "./testing/planet";
import { tools } from "./tools";
import { scratchPerTest } from "../../lib/testing/scratch";

/** A program with a library beside it. */
async function make(folder: string): Promise<Built> {
  await mkdir(join(folder, "bin"));
  await mkdir(join(folder, "root"));
  await writeFile(join(folder, "bin", "planet"), "a whole planet");
  await writeFile(join(folder, "root", "library.so"), "gravity");
  return { binaries: { planet: join(folder, "bin", "planet") } };
}

describe("the cache of tools", () => {
  const scratch = scratchPerTest("/usr/bin:/bin");
  /** Where the tool is, once it is published. */
  let folder: string;
  beforeEach(async () => void (folder = await cacheFolder(planet)));
  const publishPlanet = (): Promise<unknown> => publish(folder, planet, "release", make);

  it("shows nothing of a tool until it is whole, and gives back what was published, by the paths where it stands now", async () => {
    await publish(folder, planet, "go", async (temporary) => {
      const built = await make(temporary);
      assert.ok(temporary.startsWith(join(scratch().tools, `.making-${basename(folder)}-`)));
      assert.equal(existsSync(folder), false);
      assert.equal(await readCache(folder), undefined);
      return built;
    });
    const programs = { planet: join(folder, "bin", "planet") };
    const tool = { version: planet.version, origin: "go", binaries: programs, programs, libraryFolders: [] };
    assert.deepEqual(await readCache(folder), tool);
    assert.deepEqual(await readdir(scratch().tools), [basename(folder)]);
  });

  const damages: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
    "a program that was cut off": (folder) => truncate(join(folder, "bin", "planet"), 5),
    // Not in the millisecond in which it was made, as only a test can.
    "a program that was changed": async (folder) => {
      const program = join(folder, "bin", "planet");
      await writeFile(program, "a moved planet");
      await utimes(program, new Date(0), new Date(0));
    },
    "a library that was cut off": (folder) => truncate(join(folder, "root", "library.so"), 0),
    "no manifest": (folder) => rm(join(folder, "manifest.json")),
    "a manifest that was cut off": (folder) => truncate(join(folder, "manifest.json"), 40),
    "a manifest that is null": (folder) => writeFile(join(folder, "manifest.json"), "null"),
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`does not count a tool with ${name}, and accepts a new one`, async () => {
      await publishPlanet();
      await damage(folder);
      assert.equal(await readCache(folder), undefined);
      assert.ok(existsSync(join(folder, "bin", "planet")), "another run may be about to publish there");
      await publishPlanet();
      assert.notEqual(await readCache(folder), undefined);
      assert.equal(await readFile(join(folder, "bin", "planet"), "utf8"), "a whole planet");
    });
  }

  it("reads files of another time, and counts them where the content is the same", async () => {
    await publishPlanet();
    await utimes(join(folder, "bin", "planet"), new Date(0), new Date(0));
    assert.notEqual(await readCache(folder), undefined);
  });

  it("does not count a package whose libraries the machine has lost since", async () => {
    await scratch().program("ldd", "printf '\\tlibmoon.so.1 => /lib/libmoon.so.1 (0x0)\\n'");
    await publish(folder, planet, "package", make);
    assert.equal((await readCache(folder))?.origin, "package");
    await scratch().program("ldd", "printf '\\tlibmoon.so.1 => not found\\n'");
    assert.equal(await readCache(folder), undefined);
  });

  it("keeps nothing of what could not be made, and what was there before", async () => {
    await publishPlanet();
    const half = async (temporary: string): Promise<Built> => {
      await writeFile(join(temporary, "half"), "");
      throw new Error("no more room in the sky");
    };
    await assert.rejects(publish(folder, planet, "go", half), { message: "no more room in the sky" });
    assert.equal((await readdir(scratch().tools)).length, 1);
    assert.equal((await readCache(folder))?.origin, "release");
  });

  it("removes what runs that were killed left of the tool, and leaves other tools that are being made", async () => {
    const [abandoned, other] = [`.making-${basename(folder)}-aaaaaa`, ".making-moon-1.0-bbbbbb"];
    for (const it of [abandoned, other]) await mkdir(join(scratch().tools, it), { recursive: true });
    await publishPlanet();
    assert.deepEqual((await readdir(scratch().tools)).sort(), [other, basename(folder)]);
  });

  it("has another folder for everything that decides what is built", async () => {
    const { coredns } = tools;
    const pins = await scratch().file("module/go.mod", "module planet");
    const module = relative(dirname(moduleFolder(planet)), dirname(pins));
    const composed: Tool = { ...planet, go: { module, packages: ["./planet"] } };
    const folders = [
      await cacheFolder(coredns),
      await cacheFolder({ ...coredns, version: "1.12.3" }),
      await cacheFolder({ ...coredns, go: { ...coredns.go, ldflags: "-X main.a=b" } }),
      await cacheFolder({ ...coredns, go: undefined }),
      await cacheFolder(composed),
    ];
    await scratch().file("module/planet/main.go", "package main // added");
    folders.push(await cacheFolder(composed));
    assert.equal(new Set(folders).size, folders.length);
    assert.equal(await cacheFolder(coredns), folders[0]);
  });
});
