import assert from "node:assert/strict";
import { join } from "node:path";
import { standinSource } from "./standin-source";
import { Scratch } from "../lib/testing/scratch";

describe("the digest of the stand-in's sources", () => {
  const project = async (): Promise<Scratch> => {
    const scratch = await Scratch.make();
    await scratch.file("package-lock.json", "{}");
    await scratch.file("standin/gateway/main.ts", "one");
    await scratch.file("standin/README.md", "words");
    return scratch;
  };

  it("is the same for the same sources, wherever they are", async () => {
    await using one = await project();
    await using two = await project();
    assert.match(standinSource(one.folder), /^[0-9a-f]{16}$/);
    assert.equal(standinSource(one.folder), standinSource(two.folder));
    for (const file of ["README.md", "gateway/main.test.ts", "testing/redis.ts"])
      await one.file(`standin/${file}`, "other words");
    assert.equal(standinSource(one.folder), standinSource(two.folder));
  });

  const changes: readonly (readonly [string, string, string])[] = [
    ["a source", "standin/gateway/main.ts", "two"],
    ["the number of sources", "standin/stub/new.ts", ""],
    ["a dependency", "package-lock.json", '{"packages": {}}'],
  ];
  for (const [what, file, content] of changes) {
    it(`is another when ${what} changes`, async () => {
      await using scratch = await project();
      const before = standinSource(scratch.folder);
      await scratch.file(join(scratch.folder, file), content);
      assert.notEqual(standinSource(scratch.folder), before);
    });
  }

  it("stays when a test changes", async () => {
    await using scratch = await project();
    const before = standinSource(scratch.folder);
    await scratch.file("standin/gateway/main.test.ts", "");
    await scratch.file("standin/gateway/testing/scene.ts", "");
    assert.equal(standinSource(scratch.folder), before);
  });

  it("is taken of this checkout", () => {
    assert.equal(standinSource(), standinSource(join(__dirname, "..")));
  });
});
