import assert from "node:assert/strict";
import { mkdir, readFile, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { linkPlugins } from "./install";
import { Scratch } from "../../lib/testing/scratch";

describe("the links to the minimal plugins", () => {
  const bin = join(__dirname, "bin");

  /** A PULUMI_HOME, and where the link to the random plugin belongs in it. */
  async function home(): Promise<Scratch & { readonly link: string }> {
    const scratch = await Scratch.make();
    const entry = (await linkPlugins(join(scratch.folder, "other"))).find((it) => it.startsWith("resource-random-")) ?? "";
    await mkdir(join(scratch.folder, "plugins", entry), { recursive: true });
    return Object.assign(scratch, { link: join(scratch.folder, "plugins", entry, "pulumi-resource-random") });
  }

  it("are replaced where the checkout was moved, also by two runs at once", async () => {
    await using scratch = await home();
    await symlink("/old/place/sandbox/plugins/bin/pulumi-resource-random", scratch.link);
    await Promise.all([linkPlugins(scratch.folder), linkPlugins(scratch.folder)]);
    assert.equal(await readlink(scratch.link), join(bin, "pulumi-resource-random"));
  });

  it("take the place of nothing that is not theirs", async () => {
    await using scratch = await home();
    await scratch.file(scratch.link, "the official one");
    await linkPlugins(scratch.folder);
    assert.equal(await readFile(scratch.link, "utf8"), "the official one");
    await using other = await home();
    await symlink("/opt/pulumi/pulumi-resource-random", other.link);
    await linkPlugins(other.folder);
    assert.equal(await readlink(other.link), "/opt/pulumi/pulumi-resource-random");
  });
});
