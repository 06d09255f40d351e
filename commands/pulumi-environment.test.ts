import assert from "node:assert/strict";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { minimalPlugins, requirePassphrase, withBackend } from "./pulumi-environment";
import { Scratch } from "../lib/testing/scratch";

describe("Pulumi's environment", () => {
  const passphraseOf = (env: NodeJS.ProcessEnv): Promise<string> => readFile(env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "utf8");

  it("keeps stacks and a passphrase in the checkout where nothing was chosen", async () => {
    await using scratch = await Scratch.make();
    const project = join(scratch.folder, "checkout");
    const env = await withBackend({ PLANET: "blue" }, project);
    assert.deepEqual(env, {
      PLANET: "blue",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: `file://${project}`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(project, ".pulumi", "passphrase"),
    });
    assert.match(await passphraseOf(env), /^[\w-]{32}$/);
    assert.equal((await stat(join(project, ".pulumi", "passphrase"))).mode & 0o777, 0o600);
    assert.equal((await stat(join(project, ".pulumi"))).mode & 0o777, 0o700);
  });

  it("keeps the passphrase that it made, also when two runs begin at once", async () => {
    await using scratch = await Scratch.make();
    const [one, two] = await Promise.all([withBackend({}, scratch.folder), withBackend({}, scratch.folder)]);
    const passphrase = await passphraseOf(one);
    assert.equal(await passphraseOf(two), passphrase);
    assert.equal(await passphraseOf(await withBackend({}, scratch.folder)), passphrase);
    await using other = await Scratch.make();
    assert.notEqual(await passphraseOf(await withBackend({}, other.folder)), passphrase);
  });

  for (const own of [{ PULUMI_BACKEND_URL: "s3://stacks" }, { PULUMI_ACCESS_TOKEN: "pul-secret" }]) {
    it(`leaves the backend to ${Object.keys(own)[0]}`, async () => {
      await using scratch = await Scratch.make();
      const { PULUMI_BACKEND_URL } = await withBackend(own, scratch.folder);
      assert.equal(PULUMI_BACKEND_URL, (own as NodeJS.ProcessEnv).PULUMI_BACKEND_URL);
    });
  }

  it("leaves the backend to `pulumi login`, and takes over after `pulumi logout`", async () => {
    await using scratch = await Scratch.make();
    await scratch.file(".pulumi/credentials.json", '{"current": "https://api.pulumi.com"}');
    assert.equal((await withBackend({}, scratch.folder)).PULUMI_BACKEND_URL, undefined);
    await scratch.file(".pulumi/credentials.json", '{"current": ""}');
    assert.equal((await withBackend({}, scratch.folder)).PULUMI_BACKEND_URL, `file://${scratch.folder}`);
    const home = join(scratch.folder, "elsewhere");
    await scratch.file("elsewhere/credentials.json", '{"current": "https://api.pulumi.com"}');
    assert.equal((await withBackend({ PULUMI_HOME: home }, scratch.folder)).PULUMI_BACKEND_URL, undefined);
  });

  it("knows who is logged in with minimal plugins, too: Pulumi and we look in the same folder", async () => {
    await using scratch = await Scratch.make();
    const ours = join(scratch.folder, "ours");
    const folders: [NodeJS.ProcessEnv, string][] = [
      [{}, ".pulumi"],
      [{ PULUMI_HOME: "", PULUMI_CREDENTIALS_PATH: "" }, ".pulumi"],
      [{ PULUMI_HOME: join(scratch.folder, "home") }, "home"],
      [{ PULUMI_HOME: join(scratch.folder, "home"), PULUMI_CREDENTIALS_PATH: join(scratch.folder, "vault") }, "vault"],
    ];
    for (const [given, folder] of folders) {
      const env = minimalPlugins(given, ours);
      assert.deepEqual([env.PULUMI_HOME, env.PULUMI_CREDENTIALS_PATH], [ours, join(scratch.folder, folder)]);
      const credentials = await scratch.file(join(folder, "credentials.json"), '{"current": "s3://stacks"}');
      assert.equal((await withBackend(given, scratch.folder)).PULUMI_BACKEND_URL, undefined);
      await rm(credentials);
      assert.equal((await withBackend(given, scratch.folder)).PULUMI_BACKEND_URL, `file://${scratch.folder}`);
    }
  });

  it("makes no passphrase beside the one that `pulumi new` asked for, and says what is missing", async () => {
    await using scratch = await Scratch.make();
    const own = { PULUMI_BACKEND_URL: `file://${scratch.folder}` };
    await scratch.file("Pulumi.dev.yaml", "encryptionsalt: v1:abc\nconfig: {}\n");
    const env = await withBackend(own, scratch.folder);
    assert.equal(env.PULUMI_CONFIG_PASSPHRASE_FILE, undefined);
    assert.throws(() => requirePassphrase(env), { name: "UserError", message: /: set PULUMI_CONFIG_PASSPHRASE to what / });
    requirePassphrase(await withBackend({ ...own, PULUMI_CONFIG_PASSPHRASE: "" }, scratch.folder));
    // One that was made here before the salt stays.
    await scratch.file(".pulumi/passphrase", "ours");
    assert.equal(await passphraseOf(await withBackend(own, scratch.folder)), "ours");
  });

  for (const own of [{ PULUMI_CONFIG_PASSPHRASE: "" }, { PULUMI_CONFIG_PASSPHRASE_FILE: "/run/secrets/passphrase" }]) {
    const [name, value] = Object.entries<string | undefined>(own)[0] ?? ["", ""];
    it(`makes no passphrase where ${name} is "${value}"`, async () => {
      await using scratch = await Scratch.make();
      const env = await withBackend(own, scratch.folder);
      assert.equal(env[name], value);
      await assert.rejects(stat(join(scratch.folder, ".pulumi", "passphrase")), { code: "ENOENT" });
    });
  }
});
