import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { projectFolder } from "./main";
import { minimalPlugins, requirePassphrase, withBackend } from "./pulumi-environment";
import { skipBecause } from "../lib/testing/skip";
import { Scratch, scratchPerTest } from "../lib/testing/scratch";

describe("Pulumi's environment", () => {
  const scratch = scratchPerTest();
  const passphraseOf = (env: NodeJS.ProcessEnv): Promise<string> => readFile(env.PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "utf8");

  it("keeps stacks and a passphrase in the checkout where nothing was chosen", async () => {
    const project = join(scratch().folder, "a#b? %41");
    const env = await withBackend({ PLANET: "blue" }, project);
    assert.deepEqual(env, {
      PLANET: "blue",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_BACKEND_URL: `file://${scratch().folder}/a%23b%3F%20%2541`,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(project, ".pulumi", "passphrase"),
    });
    assert.match(await passphraseOf(env), /^[\w-]{32}$/);
    assert.equal((await stat(join(project, ".pulumi", "passphrase"))).mode & 0o777, 0o600);
    assert.equal((await stat(join(project, ".pulumi"))).mode & 0o777, 0o700);
  });

  it("keeps the passphrase that it made, also when two runs begin at once", async () => {
    const [one, two] = await Promise.all([withBackend({}, scratch().folder), withBackend({}, scratch().folder)]);
    const passphrase = await passphraseOf(one);
    assert.equal(await passphraseOf(two), passphrase);
    assert.equal(await passphraseOf(await withBackend({}, scratch().folder)), passphrase);
    await using other = await Scratch.make();
    assert.notEqual(await passphraseOf(await withBackend({}, other.folder)), passphrase);
  });

  it("takes no passphrase that a full disk left empty, and makes one where the variable of its file is empty", async () => {
    const own = { PULUMI_CONFIG_PASSPHRASE_FILE: "" };
    const file = await scratch().file(".pulumi/passphrase", "");
    for (const nothing of ["", "\n", "\0\0"]) {
      await scratch().file(file, nothing);
      await assert.rejects(withBackend(own, scratch().folder), {
        name: "UserError",
        message:
          `${file} is empty, as a full disk may leave it: secrets would be encrypted with nothing.\n` +
          "→ remove it, and a new one is made. Stacks that were made with it open with an empty PULUMI_CONFIG_PASSPHRASE: destroy them first.",
      });
    }
    await rm(file);
    assert.match(await passphraseOf(await withBackend(own, scratch().folder)), /^[\w-]{32}$/);
  });

  it("leaves the backend to the environment, and to a login until the logout, in the folder where Pulumi looks with minimal plugins too", async () => {
    const [ours, home, vault] = ["ours", "home", "vault"].map((it) => join(scratch().folder, it));
    const backend = async (given: NodeJS.ProcessEnv): Promise<string | undefined> =>
      (await withBackend(given, scratch().folder)).PULUMI_BACKEND_URL;
    assert.equal(await backend({ PULUMI_BACKEND_URL: "s3://stacks" }), "s3://stacks");
    assert.equal(await backend({ PULUMI_ACCESS_TOKEN: "pul-secret" }), undefined);
    // As pipelines have them where nobody gave a value.
    assert.equal(await backend({ PULUMI_BACKEND_URL: "", PULUMI_ACCESS_TOKEN: "" }), `file://${scratch().folder}`);
    const folders: readonly (readonly [NodeJS.ProcessEnv, string])[] = [
      [{}, ".pulumi"],
      [{ PULUMI_HOME: "", PULUMI_CREDENTIALS_PATH: "" }, ".pulumi"],
      [{ PULUMI_HOME: home }, "home"],
      [{ PULUMI_HOME: home, PULUMI_CREDENTIALS_PATH: vault }, "vault"],
    ];
    for (const [given, folder] of folders) {
      const env = minimalPlugins(given, ours ?? "");
      assert.deepEqual([env.PULUMI_HOME, env.PULUMI_CREDENTIALS_PATH], [ours, join(scratch().folder, folder)]);
      const credentials = join(scratch().folder, folder, "credentials.json");
      await scratch().file(credentials, '{"current": "s3://stacks"}');
      assert.equal(await backend(given), undefined);
      await scratch().file(credentials, '{"current": ""}');
      assert.equal(await backend(given), `file://${scratch().folder}`);
      await scratch().file(credentials, '{"curr');
      await assert.rejects(backend(given), ({ message }: Error) => message.startsWith(`${credentials} cannot be read: `));
      await rm(credentials);
      assert.equal(await backend(given), `file://${scratch().folder}`);
    }
  });

  it("makes no passphrase beside the one that `pulumi new` asked for, and says what is missing", async () => {
    const own = { PULUMI_BACKEND_URL: `file://${scratch().folder}` };
    await scratch().file("Pulumi.dev.yaml", "encryptionsalt: v1:abc\nconfig: {}\n");
    const env = await withBackend(own, scratch().folder);
    assert.equal(env.PULUMI_CONFIG_PASSPHRASE_FILE, undefined);
    assert.throws(() => requirePassphrase(env), { name: "UserError", message: /: set PULUMI_CONFIG_PASSPHRASE to what / });
    requirePassphrase(await withBackend({ ...own, PULUMI_CONFIG_PASSPHRASE: "" }, scratch().folder));
    // One that was made here before the salt stays.
    await scratch().file(".pulumi/passphrase", "ours");
    assert.equal(await passphraseOf(await withBackend(own, scratch().folder)), "ours");
  });

  it("makes no passphrase where one is chosen, be it empty", async () => {
    for (const own of [{ PULUMI_CONFIG_PASSPHRASE: "" }, { PULUMI_CONFIG_PASSPHRASE_FILE: "/run/secrets/passphrase" }]) {
      const { PULUMI_BACKEND_URL: _, PULUMI_SKIP_UPDATE_CHECK: __, ...env } = await withBackend(own, scratch().folder);
      assert.deepEqual(env, own);
      await assert.rejects(stat(join(scratch().folder, ".pulumi", "passphrase")), { code: "ENOENT" });
    }
  });

  it("takes over the stack's lock from a run of this machine that was killed, and no other lock", async () => {
    const [dead, stranger] = [spawnSync("/bin/true").pid, spawnSync("/bin/true").pid];
    const lock = (pid: number, host = hostname()) => JSON.stringify({ pid, username: "root", hostname: host, timestamp: "" });
    const folder = ".pulumi/locks/organization/plano-affinity/dev";
    const locks = {
      dead: lock(dead),
      alive: lock(process.pid),
      stranger: lock(stranger),
      elsewhere: lock(dead, "elsewhere"),
      unread: "{",
    };
    for (const [name, content] of Object.entries(locks)) await scratch().file(`${folder}/${name}.json`, content);
    const processes = existsSync("/proc/self/ns/pid") ? readlinkSync("/proc/self/ns/pid") : "";
    for (const pid of [dead, process.pid]) await scratch().file(`.pulumi/running-${pid}`, `${pid} ${processes}`);
    const left = () => readdir(join(scratch().folder, folder));
    await withBackend({ PULUMI_BACKEND_URL: "s3://stacks" }, scratch().folder);
    assert.equal((await left()).length, 5);
    await withBackend({}, scratch().folder);
    assert.deepEqual((await left()).sort(), ["alive.json", "elsewhere.json", "stranger.json", "unread.json"]);
  });
});

describe("the salt of a passphrase that is gone", () => {
  const scratch = scratchPerTest();
  const salt = "encryptionsalt: v1:sWquoedT6xI=:v1:XdUOsVgonX8Y040z:olHPEZvFXA1rduuZcVfZ+78/MHVoKA==\n";

  for (const [text, then] of [
    [
      `# mine\nconfig:\n  plano-affinity:minReplicas: 3 # three\n${salt}`,
      "# mine\nconfig:\n  plano-affinity:minReplicas: 3 # three\n",
    ],
    [salt, "config: {}\n"],
  ] as const)
    it(`leaves the stack's file, and the rest stays: ${JSON.stringify(then)}`, async () => {
      await scratch().file("Pulumi.dev.yaml", text);
      await withBackend({}, scratch().folder);
      assert.equal(await scratch().read("Pulumi.dev.yaml"), then);
    });

  it("stays while the stacks that need it are there, and where they are kept elsewhere", async () => {
    await scratch().file("Pulumi.dev.yaml", salt);
    await withBackend({ PULUMI_BACKEND_URL: "s3://stacks" }, scratch().folder);
    await mkdir(join(scratch().folder, ".pulumi", "stacks"), { recursive: true });
    await withBackend({}, scratch().folder);
    assert.equal(await scratch().read("Pulumi.dev.yaml"), salt);
  });

  it("stays where .pulumi belongs to another user, and the message says to run as that user", async function () {
    if (process.getuid === undefined) skipBecause(this, "there are no users here");
    const file = await scratch().file("Pulumi.dev.yaml", salt);
    await mkdir(join(scratch().folder, ".pulumi", "stacks"), { recursive: true });
    await chmod(join(scratch().folder, ".pulumi"), process.getuid() === 0 ? 0o700 : 0);
    // Root may read every folder, so another user runs it, who may change the file.
    await chmod(scratch().folder, 0o777);
    await chmod(file, 0o666);
    const environment = join(projectFolder, "commands", "pulumi-environment.ts");
    const program = `require(${JSON.stringify(environment)}).withBackend({}, ${JSON.stringify(scratch().folder)})
      .catch((error) => console.log(error.name + ": " + error.message))`;
    const nobody = process.getuid() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn(process.execPath, ["--require", "tsx/cjs", "--eval", program], {
      ...nobody,
      // That user may not write the coverage, and Node.js would say so.
      env: { ...process.env, NODE_V8_COVERAGE: undefined },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [said, problems] = await Promise.all([text(child.stdout), text(child.stderr)]);
    await chmod(join(scratch().folder, ".pulumi"), 0o700);
    if (/Cannot find module|EACCES/.test(problems)) skipBecause(this, "nobody else may read this checkout");
    assert.equal(await scratch().read("Pulumi.dev.yaml"), salt);
    const message = `${join(scratch().folder, ".pulumi")} belongs to another user: run this as that user, with sudo if it is root.`;
    assert.equal(said + problems, `UserError: ${message}\n`);
  });

  it("is not thrown away with secrets that it belongs to, and makes no new passphrase then", async () => {
    const text = `config:\n  my-gateway:OPENAI_API_KEY:\n    secure: v1:abc\n  my-gateway:proof:\n    deep:\n      - secure: v1:def\n  my-gateway:minReplicas: 3\n${salt}`;
    await scratch().file("Pulumi.yaml", "name: my-gateway # mine\nruntime: nodejs\n");
    await scratch().file("Pulumi.dev.yaml", text);
    await assert.rejects(withBackend({}, scratch().folder), {
      name: "UserError",
      message:
        "Pulumi.dev.yaml holds secrets (OPENAI_API_KEY, proof) that cannot be decrypted: .pulumi/passphrase is missing.\n" +
        "Restore that file, or set PULUMI_CONFIG_PASSPHRASE, or remove these lines and set them again.",
    });
    assert.equal(await scratch().read("Pulumi.dev.yaml"), text);
    await assert.rejects(withBackend({}, scratch().folder), { name: "UserError" });
  });

  // Pulumi writes into the file in the checkout; with another's salt no stack can be made.
  it("is not in the file that is committed", function () {
    const options = { cwd: projectFolder, encoding: "utf8" } as const;
    const { status, stdout } = spawnSync("git", ["show", "HEAD:Pulumi.dev.yaml"], options);
    if (status !== 0) skipBecause(this, "this is no checkout of git's");
    assert.doesNotMatch(stdout, /^encryptionsalt:/m);
  });
});
