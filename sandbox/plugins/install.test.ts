import assert from "node:assert/strict";
import { readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { linkPlugins } from "./install";
import { Scratch } from "../../lib/testing/scratch";

describe("the links to the minimal plugins", () => {
  /** A PULUMI_HOME that has something else in the place of the link to the random plugin. */
  async function home(place: (link: string) => Promise<unknown>): Promise<Scratch & { readonly link: string }> {
    const scratch = await Scratch.make();
    const entry = (await linkPlugins(scratch.folder)).find((it) => it.startsWith("resource-random-")) ?? "";
    const link = join(scratch.folder, "plugins", entry, "pulumi-resource-random");
    await rm(link);
    await place(link);
    return Object.assign(scratch, { link });
  }

  it("are replaced where the checkout was moved, also by two runs at once", async () => {
    await using scratch = await home((link) => symlink("/old/place/sandbox/plugins/bin/pulumi-resource-random", link));
    await Promise.all([linkPlugins(scratch.folder), linkPlugins(scratch.folder)]);
    assert.equal(await readlink(scratch.link), join(__dirname, "bin", "pulumi-resource-random"));
  });

  it("take the place of no plugin that was installed", async () => {
    await using scratch = await home((link) => writeFile(link, "the official one"));
    await linkPlugins(scratch.folder);
    assert.equal(await readFile(scratch.link, "utf8"), "the official one");
  });
});
