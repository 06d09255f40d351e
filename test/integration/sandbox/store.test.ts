import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "../../../lib/command";
import { Scratch } from "../../../lib/testing/scratch";
import { skipBecause } from "../../../lib/testing/skip";
import { silentProgress } from "../../../lib/progress";
import { imagePlatform, readSavedImage } from "../../../sandbox/images/saved";
import { lookUpImage, pullImage } from "../../../sandbox/images/store";
import { planoEntrypoint, type RegistryOptions, startRegistry } from "../../../sandbox/images/testing/registry";
import { ensureTools } from "../../../sandbox/toolchain/ensure";

describe("an image in a registry", () => {
  let scratch: Scratch;
  const options = { progress: silentProgress };

  before(async function () {
    if (process.platform !== "linux" || process.getuid?.() !== 0) skipBecause(this, "containerd needs Linux and root");
    const { containerd } = await ensureTools(["containerd"], silentProgress);
    scratch = await Scratch.make(`${dirname(containerd.binaries["ctr"] ?? "")}:${process.env.PATH}`);
  });
  after(() => scratch?.[Symbol.asyncDispose]());

  const images = (): string => join(scratch.folder, "cache", "plano-affinity", "images");

  for (const indexed of [false, true])
    it(`is looked up, and pulled into a file as docker save writes it, ${indexed ? "by an index of platforms" : "of one platform"}`, async () => {
      await using registry = await startRegistry({ indexed });
      const { architecture, config } = await lookUpImage(registry.reference, options);
      assert.deepEqual([`linux/${architecture}`, config?.Entrypoint], [imagePlatform, planoEntrypoint]);
      const file = join(scratch.folder, "cache", "plano-affinity", "plano.tar");
      await pullImage(registry.reference, file, options);
      const saved = await readSavedImage(file);
      assert.deepEqual([saved.tags, saved.config.config?.Entrypoint], [[registry.reference], planoEntrypoint]);
      assert.match(saved.digest, /^[0-9a-f]{64}$/);
      assert.deepEqual(await readdir(images()), [], "nothing of the store is left");
    });

  const refused: readonly (readonly [string, RegistryOptions, RegExp])[] = [
    ["has it for other processors", { indexed: true, architecture: "s390x" }, /^it is not published for linux\//],
    ["wants a login", { fault: "login" }, /^its registry wants a login/],
    ["does not answer", { fault: "mute" }, /^the registry did not answer within 5 s$/],
  ];
  for (const [what, fault, message] of refused) {
    it(`is refused when its registry ${what}`, async () => {
      await using registry = await startRegistry(fault);
      await assert.rejects(lookUpImage(registry.reference, options), { message });
      assert.deepEqual(await readdir(images()), []);
    });
  }

  it("is refused when its registry has no address", async () => {
    const message = "the host registry.invalid is not known on this machine";
    await assert.rejects(lookUpImage("registry.invalid/plano:1", options), { message });
  });

  it("says that the disk is full, and leaves nothing", async () => {
    await using registry = await startRegistry({ bytes: 32 * 1024 * 1024 });
    await mkdir(images(), { recursive: true });
    await run("mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", images()]);
    try {
      const full = { message: `the disk is full at ${dirname(images())}` };
      await assert.rejects(pullImage(registry.reference, join(scratch.folder, "full.tar"), options), full);
      assert.deepEqual(await readdir(images()), []);
    } finally {
      await run("umount", [images()]);
    }
  });

  it("leaves nothing when it is cut short, and names what is not there", async () => {
    await using registry = await startRegistry({ fault: "cut" });
    const file = join(scratch.folder, "cut.tar");
    await assert.rejects(pullImage(registry.reference, file, options), /unexpected EOF|failed/);
    await assert.rejects(lookUpImage(registry.reference.replace(":1", ":2"), options), /not found/);
    assert.equal(existsSync(file), false);
    assert.deepEqual(await readdir(images()), []);
  });
});
