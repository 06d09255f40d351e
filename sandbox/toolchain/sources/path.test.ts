import assert from "node:assert/strict";
import { join } from "node:path";
import { fromPath } from "./path";
import { planet } from "../testing/planet";
import { firstVersion, isOlder, Refusal, type Tool } from "../tool";
import { scratchPerTest } from "../../../lib/testing/scratch";

describe("a tool on PATH", () => {
  const scratch = scratchPerTest();
  const ranged: Tool = { ...planet, path: { versionArgs: ["--version"], atLeast: "1.4.0", below: "2.0.0" } };
  const refuses = (it: Tool, message: string): Promise<void> => assert.rejects(fromPath(it), new Refusal(message));

  it("is taken when its version fits", async () => {
    const file = await scratch().program("planet", 'test "$*" = --version && echo "planet v1.4.0 (2024)"');
    const programs = { planet: file };
    const found = { version: "1.4.0", origin: "path", binaries: programs, programs, libraryFolders: [] };
    assert.deepEqual(await fromPath(ranged), found);
  });

  it("is refused when its version does not fit, it prints none, or it fails", async () => {
    const file = join(scratch().bin, "planet");
    for (const [script, message] of [
      ["echo 1.3.9", "found 1.3.9, needs at least 1.4.0"],
      ["echo 2.0.0", "found 2.0.0, needs one below 2.0.0"],
      ["echo a fine day", `${file} does not say its version`],
      ["echo GLIBC_2.38 not found >&2; exit 1", `\`${file} --version\` exited with 1:\n  GLIBC_2.38 not found`],
    ] as const) {
      await scratch().program("planet", script);
      await refuses(ranged, message);
    }
  });

  it("is refused when one of its programs is missing or cannot be run", async () => {
    await scratch().program("planet", "echo 1.5.0");
    const both = { ...ranged, binaries: ["planet", "moon"] };
    await refuses(both, "moon is not on PATH");
    await scratch().file("bin/moon", "no program");
    await refuses(both, "moon is not on PATH");
    await scratch().program("moon", "");
    assert.deepEqual(Object.keys((await fromPath(both)).binaries), ["planet", "moon"]);
  });

  it("is also looked for in the tool's own folders, after PATH", async () => {
    const folder = join(scratch().folder, "opt");
    const aside = await scratch().program("planet", "", folder);
    const silent = { ...planet, path: { folders: [folder] } };
    const found = await fromPath(silent);
    assert.deepEqual([found.version, found.binaries], ["as installed", { planet: aside }]);
    const first = await scratch().program("planet", "");
    assert.deepEqual((await fromPath(silent)).binaries, { planet: first });
  });

  it("is not what an earlier run put on PATH from the cache", async () => {
    const cached = join(scratch().tools, "planet-1.5.0-0a1b2c3d4e", "bin");
    await scratch().program("planet", "echo 1.5.0", cached);
    process.env.PATH = `${cached}:${scratch().bin}`;
    await refuses(ranged, "planet is not on PATH");
  });

  it("says its version in words of its own, which are compared by number, part by part", () => {
    for (const [text, version] of [
      ["Kubernetes v1.34.4", "1.34.4"],
      ["etcd Version: 3.6.5\nGit SHA: a061450\nGo Version: go1.24.7", "3.6.5"],
      ["containerd github.com/containerd/containerd/v2 v2.0.1 88aa2f5", "2.0.1"],
      ["ip utility, iproute2-6.1.0, libbpf 1.1.2", "6.1.0"],
      ["Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", "7.0.15"],
      ["go1.26", "1.26"],
      ["no number here, 7 at most", undefined],
    ] as const)
      assert.equal(firstVersion(text), version);
    const versions = ["1.9.0", "1.10.0", "1.99.99", "2.0", "10.0.1"];
    for (const [index, it] of versions.entries())
      for (const [at, other] of versions.entries()) assert.equal(isOlder(it, other), index < at, `${it} ${other}`);
  });
});
