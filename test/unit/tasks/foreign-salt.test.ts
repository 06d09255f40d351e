import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { withBackend } from "../../../tasks/pulumi-environment";
import { Scratch } from "../toolchain/scratch";

const salt = "encryptionsalt: v1:sWquoedT6xI=:v1:XdUOsVgonX8Y040z:olHPEZvFXA1rduuZcVfZ+78/MHVoKA==\n";

describe("the salt of a passphrase that is gone", () => {
  const fileOf = (scratch: Scratch): Promise<string> => readFile(join(scratch.folder, "Pulumi.dev.yaml"), "utf8");

  it("leaves the stack's file, and the settings and comments stay", async () => {
    await using scratch = await Scratch.make();
    await scratch.file("Pulumi.dev.yaml", `# mine\nconfig:\n  plano-affinity:minReplicas: 3 # three\n${salt}`);
    await withBackend({}, scratch.folder);
    assert.equal(await fileOf(scratch), "# mine\nconfig:\n  plano-affinity:minReplicas: 3 # three\n");
  });

  it("leaves a file that has nothing else", async () => {
    await using scratch = await Scratch.make();
    await scratch.file("Pulumi.dev.yaml", salt);
    await withBackend({}, scratch.folder);
    assert.equal(await fileOf(scratch), "config: {}\n");
  });

  it("stays while the stacks that need it are there, and where they are kept elsewhere", async () => {
    await using scratch = await Scratch.make();
    await scratch.file("Pulumi.dev.yaml", salt);
    await withBackend({ PULUMI_BACKEND_URL: "s3://stacks" }, scratch.folder);
    assert.equal(await fileOf(scratch), salt);
    await using other = await Scratch.make();
    await other.file("Pulumi.dev.yaml", salt);
    await mkdir(join(other.folder, ".pulumi", "stacks"), { recursive: true });
    await withBackend({}, other.folder);
    assert.equal(await fileOf(other), salt);
  });

  it("is not thrown away with secrets that it belongs to, and makes no new passphrase then", async () => {
    await using scratch = await Scratch.make();
    const text = `config:\n  my-gateway:OPENAI_API_KEY:\n    secure: v1:abc\n  my-gateway:proof:\n    deep:\n      - secure: v1:def\n  my-gateway:minReplicas: 3\n${salt}`;
    await scratch.file("Pulumi.yaml", "name: my-gateway # mine\nruntime: nodejs\n");
    await scratch.file("Pulumi.dev.yaml", text);
    await assert.rejects(withBackend({}, scratch.folder), {
      name: "UserError",
      message:
        "Pulumi.dev.yaml holds secrets (OPENAI_API_KEY, proof) whose passphrase is not here: .pulumi/passphrase is missing.\n" +
        "Bring that file back, or set PULUMI_CONFIG_PASSPHRASE, or take these lines out and set them again.",
    });
    assert.equal(await fileOf(scratch), text);
    await assert.rejects(withBackend({}, scratch.folder), { name: "UserError" });
  });
});
