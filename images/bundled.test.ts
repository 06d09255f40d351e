import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { publishedImages } from "../settings/images";
import { bundleProgram } from "./bundled";
import { standinImage } from "../standin/image";

describe("a program for a ConfigMap", () => {
  /** Most bytes that a ConfigMap holds (Kubernetes 1.34, `MaxSecretSize`, which it shares). */
  const configMapLimit = 1024 * 1024;

  for (const program of Object.keys(standinImage.files) as (keyof typeof standinImage.files)[]) {
    it(`fits with room to spare: ${program}`, async () => {
      const packed = Buffer.from(await bundleProgram(program), "base64");
      assert.ok(packed.length < configMapLimit / 2, `${packed.length} bytes`);
      assert.match(gunzipSync(packed).toString(), /require\("(node:)?http"\)/);
    });
  }

  it("is the same each time, so that nothing is rolled out for nothing", async () => {
    assert.equal(await bundleProgram("/app/stub.js"), await bundleProgram("/app/stub.js"));
  });

  it("runs on a Node.js that is no older than it is bundled for", () => {
    const [, line = ""] = /^docker\.io\/library\/node:(\d+)-slim@sha256:[0-9a-f]{64}$/.exec(publishedImages.stub) ?? [];
    assert.ok(Number(line) >= Number(standinImage.bundle.target.slice("node".length)), publishedImages.stub);
  });
});
