import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { homedir, tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { projectName } from "../../../clusters/project-name";
import { run } from "../../../lib/command";
import { linkPlugins } from "../../../sandbox/plugins/install";
import { selfSigned } from "../../../lib/testing/certificates";
import { listening } from "../../../lib/testing/listening";
import { skipBecause } from "../../../lib/testing/skip";
import { engineEnvironment, needsPulumi } from "../../stacks/engine";
import { copyCheckout, runProcess, type Outcome } from "../../stacks/stack";

const project = resolve(__dirname, "..", "..", "..");

/** `Pulumi.yaml`, as far as it is compared here. */
interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly runtime: object;
  readonly template?: { readonly config: Readonly<Record<string, { readonly secret?: boolean }>> };
  readonly config: Readonly<Record<string, { readonly secret?: boolean }>>;
}

const readYaml = async <T>(...path: string[]): Promise<T> => parse(await readFile(join(...path), "utf8")) as T;

describe("pulumi new", function () {
  this.timeout(180_000);
  let scratch: string;
  let pulumi: string;
  let env: NodeJS.ProcessEnv;
  /** The files of this checkout, relative to it, as they would be committed. */
  let files: readonly string[];
  /** A clone of them. */
  let source: string;

  before(async function () {
    pulumi = await needsPulumi(this);
    scratch = await mkdtemp(join(tmpdir(), "plano-affinity-template-"));
    source = join(scratch, "source");
    files = await copyCheckout(source).catch(() => skipBecause(this, "this is no checkout of git's"));
    // Runs in the checkout write their salt into it, with which no other stack can be made.
    await writeFile(join(source, "Pulumi.dev.yaml"), await run("git", ["show", "HEAD:Pulumi.dev.yaml"], { cwd: project }));
    const git = (...args: string[]): Promise<string> =>
      run("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", ...args], { cwd: source });
    await git("init", "--quiet", "--initial-branch", "main");
    await git("add", "--all", "--force");
    await git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message", "All of it");
    await linkPlugins(join(scratch, "home"));
    // Installs the packages of this checkout, each as a link: what a run leaves in the folder is the new project's own.
    const npm = `#!/bin/sh\necho "$@" >> npm-arguments\nmkdir -p node_modules\nexec ln -sfn "${project}"/node_modules/* node_modules/\n`;
    await mkdir(join(scratch, "bin"));
    await writeFile(join(scratch, "bin", "npm"), npm, { mode: 0o755 });
    env = {
      ...(await engineEnvironment(scratch)),
      XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
      HOME: scratch,
      PATH: [join(scratch, "bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter),
      PULUMI_CONFIG_PASSPHRASE: "told to pulumi new",
      NO_COLOR: "1",
    };
  });
  after(() => scratch !== undefined && rm(scratch, { recursive: true, force: true }));

  /** Runs `pulumi new <template> …`. @returns the new project's folder, and what was printed */
  async function make(name: string, template: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
    const folder = join(scratch, name);
    const all = ["new", template, "--name", "my-gateway", "--yes", "--non-interactive", "--dir", folder, ...args];
    const { code, output } = await runProcess(pulumi, all, { ...env, ...more });
    assert.equal(code, 0, output);
    return { folder, output };
  }

  /** Runs a task of a new project. */
  const task = (folder: string, args: readonly string[], given = env): Promise<Outcome> =>
    runProcess(process.execPath, [join(folder, "commands", "bootstrap", "run.mjs"), ...args], given);

  /** A project has all files of the checkout as they are, but for its name and the section on templates. */
  async function assertComplete(folder: string, template: string): Promise<void> {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = found.filter((it) => !it.isDirectory()).map((it) => join(it.parentPath, it.name).slice(folder.length + 1));
    assert.deepEqual(paths.sort(), files);
    for (const path of files.filter((it) => it !== "Pulumi.yaml")) {
      assert.ok((await readFile(join(folder, path))).equals(await readFile(join(source, path))), `${path} was changed`);
      const [is, was] = await Promise.all([stat(join(folder, path)), stat(join(source, path))]);
      assert.equal(is.mode & 0o100, was.mode & 0o100, `${path} can be run, or not`);
    }
    const { template: _, ...ours } = await readYaml<Manifest>(source, "Pulumi.yaml");
    const tags = { "pulumi:tags": { value: { "pulumi:template": template } } };
    assert.deepEqual(await readYaml<Manifest>(folder, "Pulumi.yaml"), {
      ...ours,
      name: "my-gateway",
      config: { ...ours.config, ...tags },
    });
    assert.equal(projectName(folder), "my-gateway");
  }

  it("makes a project of the repository's URL: every file, under the name that was chosen, without .git", async () => {
    const { key, cert } = await selfSigned();
    await using server = await listening(createServer({ key, cert }, (...it) => serveRepository(source, ...it)));
    const url = `https://${server.address}/somebody/plano-affinity`;
    const trust = { SSL_CERT_FILE: join(scratch, "ca.pem") };
    await writeFile(trust.SSL_CERT_FILE, cert);
    const { folder, output } = await make("of-url", url, ["--generate-only"], trust);
    await assertComplete(folder, url);
    assert.match(output, /\nnpm start brings the stack "dev" up/);
  });

  it("asks for settings that there are, and for what is secret without showing it", async () => {
    const { template, config } = await readYaml<Required<Manifest>>(project, "Pulumi.yaml");
    for (const [key, { secret }] of Object.entries(template.config)) {
      assert.ok(key in config, key);
      assert.equal(secret, config[key]?.secret, key);
    }
  });

  it("makes the stack with its settings and packages; they hold in the project, whatever its name", async () => {
    const { folder } = await make("with-stack", source, ["--stack", "dev", "--config", "cluster=existing"]);
    assert.match(await readFile(join(folder, "npm-arguments"), "utf8"), /^ci /);
    const { config } = await readYaml<{ config: object }>(folder, "Pulumi.dev.yaml");
    assert.deepEqual(config, { "my-gateway:cluster": "existing" });

    const status = await task(folder, ["status"]);
    assert.match(status.output, /^the stack dev in file:\S+ has nothing to show: it was never up\n/m);
    const set = await task(folder, ["pulumi", "config", "set", "minReplicas", "many", "--stack", "dev"]);
    assert.equal(set.code, 0, set.output);
    const preview = await task(folder, ["pulumi", "preview", "--stack", "dev", "--non-interactive"]);
    assert.notEqual(preview.code, 0);
    assert.match(preview.output, /minReplicas: /);
    assert.match(preview.output, /my-gateway-dev/);
  });

  it("leaves a stack that npm start takes up, with the passphrase given to pulumi new", async () => {
    const other = { PULUMI_BACKEND_URL: `file://${join(scratch, "other-state")}` };
    await mkdir(join(scratch, "other-state"));
    const { folder } = await make("with-passphrase", source, ["--stack", "dev", "--config", "cluster=existing"], other);
    const { PULUMI_CONFIG_PASSPHRASE: _, ...without }: NodeJS.ProcessEnv = { ...env, ...other };
    const start = await task(folder, ["start"], without);
    assert.match(start.output, /set PULUMI_CONFIG_PASSPHRASE to what you gave pulumi new, and try again\.\n$/);
    assert.ok(!(await readdir(join(folder, ".pulumi"))).includes("passphrase"));
  });
});

/** Serves a repository as GitHub does, by what of git's protocol a clone needs: its references, and a pack of what is wanted. */
function serveRepository(repository: string, request: IncomingMessage, response: ServerResponse): void {
  const advertises = request.url?.endsWith(".git/info/refs?service=git-upload-pack") === true;
  if (!advertises && request.url?.endsWith(".git/git-upload-pack") !== true) return void response.writeHead(404).end();
  const kind = advertises ? "advertisement" : "result";
  response.writeHead(200, { "content-type": `application/x-git-upload-pack-${kind}` });
  if (advertises) response.write("001e# service=git-upload-pack\n0000");
  const args = ["upload-pack", "--stateless-rpc", ...(advertises ? ["--advertise-refs"] : []), repository];
  const git = spawn("git", args, { stdio: ["pipe", "pipe", "ignore"] });
  // It stops reading when it has enough.
  request.pipe(git.stdin.on("error", () => undefined));
  git.stdout.pipe(response);
}
