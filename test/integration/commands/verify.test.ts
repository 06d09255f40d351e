import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { listening } from "../../../lib/testing/listening";
import { type OnOutput, type ProcessOutcome, runProcess } from "../../stacks/stack";

const project = resolve(__dirname, "..", "..", "..");

/** A checkout with packages of which nothing has been compiled yet. */
async function checkout(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "plano-affinity-checkout-"));
  for (const name of ["clusters", "commands", "lib", "sandbox", "verify", "package.json", "package-lock.json"])
    await cp(join(project, name), join(folder, name), { recursive: true });
  const packages = join(folder, "node_modules");
  await mkdir(packages);
  const names = (await readdir(join(project, "node_modules"))).filter((name) => !name.startsWith("."));
  for (const name of names) await symlink(join(project, "node_modules", name), join(packages, name));
  const lock = await readFile(join(folder, "package-lock.json"));
  const stamp = createHash("sha256").update(lock).update(process.versions.modules).digest("hex");
  await writeFile(join(packages, ".plano-affinity-lock"), stamp);
  return folder;
}

describe("npm run verify", function () {
  this.timeout(120_000);
  let folder: string;

  before(async () => (folder = await checkout()));
  after(() => rm(folder, { recursive: true, force: true }));

  const start = (args: readonly string[], env = process.env, onOutput?: OnOutput): Promise<ProcessOutcome> =>
    runProcess(process.execPath, [join(folder, "commands", "bootstrap", "run.mjs"), "verify", ...args], env, onOutput);
  /** Folders of compiled programs. */
  const compiled = async (): Promise<string[]> =>
    (await readdir(join(folder, "node_modules", ".cache", "plano-affinity"))).filter((name) => /^verify-[^.]+$/.test(name));
  const change = async (file: string, edit: (text: string) => string): Promise<void> =>
    writeFile(join(folder, file), edit(await readFile(join(folder, file), "utf8")));

  it("compiles the verifier at first, and not again", async () => {
    const { code, stdout, stderr } = await start(["--sessions", "0"]);
    assert.deepEqual([code, stdout], [3, ""]);
    assert.equal(stderr, "--sessions: 0 is not a whole number from 1 to 1000000; give one, e.g. --sessions 4\n");
    assert.equal((await compiled()).length, 1);
    assert.equal((await start(["--sessions", "0"])).code, 3);
    assert.equal((await compiled()).length, 1);
  });

  it("compiles it again when a source has changed, and removes the one before when no run can still need it", async () => {
    const [old = ""] = await compiled();
    await change("verify/package.json", (text) => text.replace(/"version": "[^"]*"/, '"version": "9.8.7"'));
    const { code, stdout, stderr } = await start(["--version"]);
    assert.deepEqual([code, stdout, stderr], [0, "9.8.7\n", ""]);
    assert.equal((await compiled()).length, 2);
    const replaced = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await utimes(join(folder, "node_modules", ".cache", "plano-affinity", old), replaced, replaced);
    await change("verify/package.json", (text) => text.replace('"version": "9.8.7"', '"version": "9.8.8"'));
    assert.equal((await start(["--version"])).stdout, "9.8.8\n");
    const left = await compiled();
    assert.deepEqual([left.length, left.includes(old)], [2, false]);
  });

  it("says what is wrong with a source, and exits with 3: 1 would be a verdict", async () => {
    const file = join("verify", "cli", "progress.ts");
    const before = await readFile(join(folder, file), "utf8");
    await change(file, () => "const = 1;\n");
    const { code, stdout, stderr } = await start(["--version"]).finally(() => change(file, () => before));
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(
      stderr,
      /^Build failed with 1 error:\nverify\/cli\/progress\.ts:1:6: ERROR: Expected identifier but found "="\n$/,
    );
    assert.equal((await start(["--version"])).code, 0);
  });

  it("ends at Ctrl-C with 2 and a partial report", async () => {
    await using silent = await listening(createServer(() => undefined));
    const report = join(folder, "report.json");
    const replicas = [`a=${silent.url}`, `b=http://localhost:${silent.port}/other`];
    let interrupted = false;
    const args = [...replicas.flatMap((it) => ["--replica", it]), "--report", `json=${report}`];
    const { code, stderr } = await start(args, process.env, (soFar, pid) => {
      if (interrupted || !soFar.includes("control: ")) return;
      interrupted = true;
      // As a terminal does: the whole foreground group gets it.
      process.kill(-pid, "SIGINT");
    });
    assert.equal(code, 2, stderr);
    const { verdict, reason } = JSON.parse(await readFile(report, "utf8")) as { verdict: string; reason: string };
    assert.deepEqual([verdict, reason], ["unknown", "interrupted"]);
  });
});
