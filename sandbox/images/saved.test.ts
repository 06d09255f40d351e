import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pack } from "tar-stream";
import { Scratch } from "../../lib/testing/scratch";
import { readSavedImage } from "./saved";

describe("a saved image", () => {
  const whole = {
    "c.json": "{}",
    "layer.tar": "",
    "manifest.json": [{ Config: "c.json", RepoTags: null, Layers: ["layer.tar"] }],
  };
  const { "layer.tar": _, ...lacking } = whole;
  for (const [what, entries, reason] of [
    ["is read", whole, undefined],
    ["is refused without a layer", lacking, "FILE lacks a part of the image, layer.tar"],
    ["is refused without its configuration", { ...whole, "c.json": undefined }, "FILE lacks a part of the image, c.json"],
    ["is refused when there are several", { ...whole, "manifest.json": [{}, {}] }, "FILE holds 2 images, not one"],
    ["is refused without a manifest", {}, "FILE is no image archive as `docker save` writes it: it has no manifest.json"],
  ] as const) {
    it(what, async () => {
      await using scratch = await Scratch.make("/usr/bin:/bin");
      const archive = pack();
      for (const [name, content] of Object.entries(entries as Record<string, unknown>))
        if (content !== undefined) archive.entry({ name }, typeof content === "string" ? content : JSON.stringify(content));
      archive.finalize();
      const file = join(scratch.folder, "image.tar");
      await writeFile(file, archive as AsyncIterable<Buffer>);
      if (reason === undefined) assert.deepEqual(await readSavedImage(file), { config: {}, digest: "c", tags: [] });
      else await assert.rejects(readSavedImage(file), { message: reason.replace("FILE", file) });
    });
  }

  it("is refused when the file is no archive", async () => {
    await using scratch = await Scratch.make("/usr/bin:/bin");
    const file = join(scratch.folder, "noise.tar");
    await writeFile(file, "noise");
    await assert.rejects(readSavedImage(file), /noise\.tar is no whole image archive/);
  });
});
