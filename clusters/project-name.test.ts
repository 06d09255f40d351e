import assert from "node:assert/strict";
import { join } from "node:path";
import { projectName } from "./project-name";
import { Scratch } from "../lib/testing/scratch";

describe("the project's name", () => {
  for (const [line, name] of [
    ["name: my-gateway", "my-gateway"],
    ['name: "42" # quoted by pulumi new', "42"],
    ["name:    my.gateway  ", "my.gateway"],
    ["title: none", ""],
  ] as const)
    it(`is "${name}" by ${line}`, async () => {
      await using scratch = await Scratch.make();
      await scratch.file("Pulumi.yaml", `# name: of a comment\nruntime:\n  name: nodejs\n${line}\nconfig:\n  name: {}\n`);
      assert.equal(projectName(scratch.folder), name);
    });

  it("is that of this checkout, and none without a Pulumi.yaml", async () => {
    assert.notEqual(projectName(join(__dirname, "..")), "");
    await using scratch = await Scratch.make();
    assert.equal(projectName(scratch.folder), "");
  });
});
