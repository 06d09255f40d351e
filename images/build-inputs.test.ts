import assert from "node:assert/strict";
import { buildInputs, standinSource } from "./build-inputs";
import { Scratch } from "../lib/testing/scratch";

const files: Readonly<Record<string, string>> = {
  Dockerfile: "FROM scratch AS plano",
  ".dockerignore": "*",
  "package.json": "{}",
  "standin/package.json": "{}",
  "package-lock.json": "{}",
  ".npmrc": "fund=false",
  "standin/gateway/main.ts": "one",
  "standin/README.md": "words",
};

async function checkout(): Promise<Scratch> {
  const scratch = await Scratch.make();
  for (const [path, content] of Object.entries(files)) await scratch.file(path, content);
  return scratch;
}

describe("the inputs of an image", () => {
  it("give the same digest wherever the checkout is, and another for each target", async () => {
    await using one = await checkout();
    await using two = await checkout();
    assert.match(buildInputs("standin", "0.4.27", one.folder), /^[0-9a-f]{16}$/);
    assert.equal(buildInputs("standin", "0.4.27", one.folder), buildInputs("standin", "0.4.27", two.folder));
    assert.notEqual(buildInputs("standin", "0.4.27", one.folder), buildInputs("plano", "0.4.27", one.folder));
  });

  /** Whether a change of a file makes another image of each target. */
  const changes: readonly (readonly [file: string, standin: boolean, plano: boolean])[] = [
    ["Dockerfile", true, true],
    [".dockerignore", true, true],
    ["package.json", true, false],
    ["standin/package.json", true, false],
    ["package-lock.json", true, false],
    [".npmrc", true, false],
    ["standin/gateway/main.ts", true, false],
    ["standin/gateway/more.ts", true, false],
    ["standin/README.md", false, false],
    ["standin/gateway/main.test.ts", false, false],
    ["standin/testing/redis.ts", false, false],
  ];
  for (const [file, standin, plano] of changes) {
    it(`${standin || plano ? "change" : "stay"} with ${file}${standin && !plano ? ", for the stand-in only" : ""}`, async () => {
      await using scratch = await checkout();
      const digests = () => (["standin", "plano"] as const).map((target) => buildInputs(target, "0.4.27", scratch.folder));
      const before = digests();
      const source = standinSource(scratch.folder);
      await scratch.file(file, "changed");
      // The sandbox, which has no Dockerfile and no npm, goes by the sources and the lock file alone.
      const isSource = standin && /^standin\/.*\.ts$|lock/.test(file);
      assert.equal(standinSource(scratch.folder) !== source, isSource);
      assert.deepEqual(
        digests().map((it, index) => it !== before[index]),
        [standin, plano],
      );
    });
  }

  it("change with Plano's version, for Plano only", async () => {
    await using scratch = await checkout();
    assert.notEqual(buildInputs("plano", "0.4.26", scratch.folder), buildInputs("plano", "0.4.27", scratch.folder));
    assert.equal(buildInputs("standin", "0.4.26", scratch.folder), buildInputs("standin", "0.4.27", scratch.folder));
  });

  it("change with the platform that Docker builds for", async () => {
    await using scratch = await checkout();
    process.env.DOCKER_DEFAULT_PLATFORM = "linux/amd64";
    const amd64 = buildInputs("plano", "0.4.27", scratch.folder);
    process.env.DOCKER_DEFAULT_PLATFORM = "linux/arm64";
    assert.notEqual(buildInputs("plano", "0.4.27", scratch.folder), amd64);
  });
});
