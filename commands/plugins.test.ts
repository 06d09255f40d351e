import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, readlink, rm, symlink, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { silentProgress } from "../lib/progress";
import { linkPlugins } from "../sandbox/plugins/install";
import { providePlugins } from "./plugins";
import { Scratch } from "../lib/testing/scratch";

describe("the plugins that serve the engine", () => {
  /** Installs the named plugins, and cannot reach the others; or one that was built from its module. */
  async function machine({ reachable = "", official = true } = {}) {
    const scratch = await Scratch.make();
    const calls = join(scratch.folder, "calls");
    const pulumi = await scratch.program(
      "pulumi",
      `echo "$4" >> "${calls}"
      case " ${reachable} " in *" $4 "*) ;; *) echo no route to host >&2; exit 1;; esac
      folder="$PULUMI_HOME/plugins/resource-$4-v$5"
      [ -e "$folder" ] || { mkdir -p "$folder"; echo official > "$folder/pulumi-resource-$4"; }`,
    );
    if (official) await scratch.program("pulumi-language-nodejs", "");
    const said: string[] = [];
    const progress = { ...silentProgress, info: (text: string) => void said.push(text) };
    const homes = { official: join(scratch.folder, "theirs"), minimal: join(scratch.folder, "ours") };
    // Their names, with the versions that the project wants.
    const entries = await linkPlugins(join(scratch.folder, "unused"));
    const place = (home: string, name: string): string =>
      join(home, "plugins", entries.find((it) => it.startsWith(`resource-${name}-`)) ?? "", `pulumi-resource-${name}`);
    return Object.assign(scratch, {
      ...homes,
      place,
      refused: join(scratch.folder, "cache", "plano-affinity", "official-plugins-refused"),
      installed: async (): Promise<string[]> => (existsSync(calls) ? (await readFile(calls, "utf8")).trim().split("\n") : []),
      provide: (stack = "dev") => providePlugins(pulumi, homes, join(scratch.folder, `plugins-${stack}`), progress, undefined),
      said: (): string[] => said.splice(0),
    });
  }

  it("are the official ones where they are installed or can be downloaded, in Pulumi's own home", async () => {
    await using scratch = await machine({ reachable: "random kubernetes" });
    await scratch.file(scratch.place(scratch.official, "kubernetes"), "official, earlier");
    // A refusal says nothing of what is there by now.
    assert.equal(await scratch.provide(), "official");
    await scratch.file(scratch.refused, "no route to host");
    assert.equal(await scratch.provide(), "official");
    assert.deepEqual(await scratch.installed(), ["random"]);
    assert.equal(existsSync(scratch.minimal), false);
  });

  it("are the minimal ones where a download fails, and the user's own stay", async () => {
    await using scratch = await machine();
    const theirs = await scratch.file(scratch.place(scratch.official, "kubernetes"), "official");
    for (const _ of ["when it is refused", "shortly after"]) {
      assert.equal(await scratch.provide(), "minimal");
      assert.equal(await readFile(theirs, "utf8"), "official");
      assert.equal(existsSync(scratch.place(scratch.official, "random")), false);
      assert.equal(basename(await readlink(scratch.place(scratch.minimal, "kubernetes"))), "pulumi-resource-kubernetes");
    }
    assert.deepEqual(await scratch.installed(), ["random"]);
  });

  it("stay the minimal ones a day later, when the official ones are asked for again", async () => {
    await using scratch = await machine();
    assert.equal(await scratch.provide(), "minimal");
    // The clock was ahead, too.
    for (const hours of [-25, 25]) {
      const at = new Date(Date.now() + hours * 3600_000);
      await utimes(scratch.refused, at, at);
      assert.equal(await scratch.provide(), "minimal");
    }
    assert.deepEqual(await scratch.installed(), ["kubernetes", "kubernetes", "kubernetes"]);
  });

  it("are asked for at once by a stack that had the official ones, and every change is told", async () => {
    await using scratch = await machine();
    for (const name of ["random", "kubernetes"]) await scratch.file(scratch.place(scratch.official, name), "official");
    assert.deepEqual([await scratch.provide("old"), scratch.said()], ["official", []]);
    await rm(scratch.place(scratch.official, "kubernetes"));
    // A new stack keeps what it finds; its first refusal is no reason for the other to stay without.
    assert.deepEqual([await scratch.provide("new"), scratch.said()], ["minimal", []]);
    assert.equal(await scratch.provide("old"), "minimal");
    assert.match(
      scratch.said().join("\n"),
      /^Pulumi: this stack changes to this project's minimal plugins: kubernetes could not be downloaded: .*no route to host$/,
    );
    assert.deepEqual(await scratch.installed(), ["kubernetes", "kubernetes"]);
    await scratch.file(scratch.place(scratch.official, "kubernetes"), "official");
    assert.deepEqual(
      [await scratch.provide("new"), scratch.said()],
      ["official", ["Pulumi: this stack changes to the official plugins"]],
    );
  });

  it("are not official where a link is in their place, or a download was not finished", async () => {
    await using scratch = await machine({ reachable: "random kubernetes" });
    await scratch.file(scratch.place(scratch.official, "kubernetes"), "official");
    const link = scratch.place(scratch.official, "random");
    await mkdir(join(link, ".."), { recursive: true });
    await symlink("/checkout/sandbox/plugins/bin/pulumi-resource-random", link);
    assert.equal(await scratch.provide(), "minimal");
    assert.equal(await readlink(link), "/checkout/sandbox/plugins/bin/pulumi-resource-random");
    await using other = await machine();
    for (const name of ["random", "kubernetes"]) await other.file(other.place(other.official, name), "official");
    await other.file(`${join(other.place(other.official, "random"), "..")}.partial`, "");
    assert.equal(await other.provide(), "minimal");
  });

  it("are the minimal ones, and nothing is asked for, with a Pulumi without its language host", async () => {
    await using scratch = await machine({ official: false, reachable: "random kubernetes" });
    assert.equal(await scratch.provide(), "minimal");
    assert.deepEqual(await scratch.installed(), []);
  });
});
