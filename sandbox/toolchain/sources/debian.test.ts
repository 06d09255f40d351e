import assert from "node:assert/strict";
import { readdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../lib/command";
import { fromDebianPackage } from "./debian";
import { buildIn, planet } from "../testing/planet";
import type { Tool } from "../tool";
import { Scratch } from "../../../lib/testing/scratch";

const packaged: Tool = { ...planet, package: { debian: "planet,moon", folder: "usr/bin" } };

describe("the distribution's package", () => {
  /** An apt-get that leaves an archive, and a dpkg-deb that unpacks it; what apt-get was asked is in `asked`. */
  const machine = async ({ update = "", install = 'touch "$archives/planet.deb"' } = {}): Promise<Scratch> => {
    const scratch = await Scratch.make();
    await scratch.program(
      "apt-get",
      `for it; do case $it in
         update) what=update;; install) what=install;;
         Dir::State::lists=*) lists=\${it#*=};; Dir::Cache::archives=*) archives=\${it#*=};;
       esac; done
       echo $what "$@" >> ${scratch.folder}/asked
       if [ $what = update ]; then ${update}touch $lists/one $lists/two; else ${install}; fi`,
    );
    await scratch.program(
      "dpkg-deb",
      `mkdir -p "$3/usr/bin"; printf '#!/bin/sh\\necho "$LD_LIBRARY_PATH|$PLANET_LIBDIR|$*"\\n' > "$3/usr/bin/planet"; chmod +x "$3/usr/bin/planet"`,
    );
    return scratch;
  };
  const asked = async (scratch: Scratch): Promise<string[]> => (await scratch.read("asked")).trim().split("\n");

  it("is unpacked into the cache, never installed, and finds the libraries that came with it", async () => {
    await using scratch = await machine();
    const { binaries, programs } = await fromDebianPackage(packaged, buildIn(scratch));
    assert.equal(programs?.["planet"], join(scratch.folder, "final", "root", "usr", "bin", "planet"));
    const said = await run(binaries["planet"] ?? "", ["of", "gold"]);
    assert.match(said, /^\S+\/final\/root\/usr\/lib\/\S+-linux-gnu:[^|]+\|\|of gold\n$/);
    const [update, install] = await asked(scratch);
    for (const it of [update, install])
      assert.ok(it?.includes(`Dir::State::lists=${scratch.folder}/cache/plano-affinity/apt/lists`), it);
    assert.match(install ?? "", /--download-only .* install planet moon$/);
    assert.deepEqual((await readdir(join(scratch.folder, "final"))).sort(), ["bin", "root"]);
  });

  it("is started under the name that is asked for, and finds its own folders, also below a folder of any name", async () => {
    await using scratch = await machine();
    const name = 'it\'s $HOME "here"';
    const lookIn = { PLANET_LIBDIR: "usr/lib/{triplet}/planet" };
    const source = { debian: "planet", folder: "usr/bin", rename: { world: "planet" }, lookIn };
    const tool = { ...planet, binaries: ["world"], package: source };
    const { binaries, programs } = await fromDebianPackage(tool, buildIn(scratch, name));
    const root = join(scratch.folder, name, "root");
    assert.deepEqual(programs, { world: join(root, "usr", "bin", "planet") });
    const [libraries, folder, ...words] = (await run(binaries["world"] ?? "", ["of", "gold"])).split("|");
    assert.ok(libraries?.startsWith(`${root}/usr/lib/`), libraries);
    assert.match(folder?.replace(root, "") ?? "", /^\/usr\/lib\/\S+-linux-gnu\/planet$/);
    assert.deepEqual(words, ["of gold\n"]);
  });

  it("asks for package lists once a day", async () => {
    await using scratch = await machine();
    const made = async (name: string): Promise<unknown> => fromDebianPackage(packaged, buildIn(scratch, name));
    await made("first");
    await made("second");
    // The clock was ahead, too.
    for (const hours of [-25, 25]) {
      const at = new Date(Date.now() + hours * 3600_000);
      await utimes(join(scratch.folder, "cache", "plano-affinity", "apt", "lists-fetched"), at, at);
      await made(`after ${hours}`);
    }
    const commands = (await asked(scratch)).map((it) => it.split(" ")[0]);
    assert.deepEqual(commands, ["update", "install", "install", "update", "install", "update", "install"]);
  });

  it("is refused, with the reason, where it does not exist, or this is no Debian-like machine", async () => {
    for (const [setUp, message] of [
      [
        { install: "echo 'E: Unable to locate package planet' >&2; exit 100" },
        /^`apt-get .*` exited with 100:   E: Unable to locate package planet$/,
      ],
      [{ install: ":" }, /^the package planet,moon could not be downloaded$/],
      [{ update: "exit 100; " }, /^`apt-get .* update` exited with 100$/],
    ] as const) {
      await using scratch = await machine(setUp);
      await assert.rejects(fromDebianPackage(packaged, buildIn(scratch)), { name: "Refusal", message });
      const lists = "update" in setUp ? ["lists"] : ["lists", "lists-fetched"];
      assert.deepEqual((await readdir(join(scratch.folder, "cache", "plano-affinity", "apt"))).sort(), lists);
    }
    await using other = await Scratch.make();
    await assert.rejects(fromDebianPackage(packaged, buildIn(other)), /^Refusal: `apt-get .*` is not installed$/);
  });
});
