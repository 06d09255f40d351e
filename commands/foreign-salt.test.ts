import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { withBackend } from "./pulumi-environment";
import { skipBecause } from "../lib/testing/skip";
import { Scratch } from "../lib/testing/scratch";

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

  it("stays where .pulumi is another user's, who is named as the one to be", async function () {
    if (process.getuid === undefined) skipBecause(this, "there are no users here");
    await using scratch = await Scratch.make();
    const file = await scratch.file("Pulumi.dev.yaml", salt);
    await mkdir(join(scratch.folder, ".pulumi", "stacks"), { recursive: true });
    await chmod(join(scratch.folder, ".pulumi"), process.getuid() === 0 ? 0o700 : 0);
    // Root may look into every folder: then somebody else looks, who may change the file.
    await chmod(scratch.folder, 0o777);
    await chmod(file, 0o666);
    const environment = join(__dirname, "pulumi-environment.ts");
    const program = `require(${JSON.stringify(environment)}).withBackend({}, ${JSON.stringify(scratch.folder)})
      .catch((error) => console.log(error.name + ": " + error.message))`;
    const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", program], {
      ...nobody,
      // It may not write what was covered either, and would say so.
      env: { ...process.env, NODE_V8_COVERAGE: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [said, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await chmod(join(scratch.folder, ".pulumi"), 0o700);
    if (/Cannot find module|EACCES/.test(problems)) skipBecause(this, "nobody else may read this checkout");
    assert.equal(await fileOf(scratch), salt);
    const message = `${join(scratch.folder, ".pulumi")} belongs to another user: run this as that one, with sudo where it is root.`;
    assert.equal(said + problems, `UserError: ${message}\n`);
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
