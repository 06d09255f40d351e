import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipBecause } from "../../../lib/testing/skip";
import { FakeDeployment } from "./fake-deployment";
import { assertFitsSchema } from "./report-schema";
import { cliTarget, type RunningCli, startCli } from "./start-cli";

/** The program itself: what it prints, and what it exits with. */
describe("plano-affinity verify", function () {
  // Less than a request to a replica that hangs has.
  this.timeout(50_000);
  let folder: string;
  let path: string;
  let deployment: FakeDeployment;

  beforeEach(async () => {
    deployment = await FakeDeployment.start();
    folder = mkdtempSync(join(tmpdir(), "verify-"));
    path = join(folder, "report.json");
  });
  afterEach(async () => {
    await deployment[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** Runs the program on the deployment. */
  const start = (args: readonly string[], env?: NodeJS.ProcessEnv, script?: string): RunningCli =>
    startCli([...cliTarget(deployment), ...args], env, undefined, script);

  function verdictOf(file: string): string {
    const report: unknown = JSON.parse(readFileSync(file, "utf8"));
    assertFitsSchema(report);
    return `${report.verdict}: ${report.reason}`;
  }

  it("exits with 0 for a pass; progress goes to stderr as plain lines, the table to stdout", async () => {
    const { code, stdout, stderr } = await start(["--report", `json=${path}`]).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Affinity: pass\n$/);
    assert.ok(!stdout.includes("\u001b"));
    assert.equal(stderr, "control: asking without the header\nsessions: 4 × 4 rounds\nrace: sessions on 2 replicas at once\n");
    assert.equal(verdictOf(path), "pass: null");
  });

  it("exits with 1 for a fail, and is silent but for the table with --quiet", async () => {
    const forget = deployment.pins;
    forget.set = () => forget;
    const { code, stdout, stderr } = await start(["--quiet"]).ended;
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(stdout, /Affinity: fail – pinning: /);
  });

  it("lists everything that is wrong, exits with 3, and has asked nobody anything", async () => {
    const [, first = ""] = cliTarget(deployment);
    const bad = ["--sessions", "1e9", "--checks", "control,nonsense", "--replica", first, "--report", `json=${folder}/no/r.json`];
    const { code, stdout, stderr } = await start(bad).ended;
    assert.deepEqual([code, stdout], [3, ""]);
    const blamed = stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.split(": ")[0]);
    assert.deepEqual(blamed, ["--report", "--sessions", "--checks", "--replica"], stderr);
    assert.deepEqual(deployment.requests, []);
    assert.ok(!existsSync(path));
  });

  it("says which report could not be written after all, shows the table, writes the others, and exits with 3", async function () {
    if (!existsSync("/dev/full")) skipBecause(this, "there is no /dev/full, which is a full disk");
    const reports = ["--report", "junit=/dev/full", "--report", `json=${path}`];
    const { code, stdout, stderr } = await start([...reports, "--quiet"]).ended;
    assert.deepEqual([code, verdictOf(path)], [3, "pass: null"]);
    assert.match(stdout, /Affinity: pass\n$/);
    assert.match(stderr, /^the report \/dev\/full could not be written: ENOSPC: [^\n]*\n$/);
  });

  /** No other files, such as those of coverage: they would be cut off, too. */
  const nothingElse = { TSX_DISABLE_CACHE: "1", NODE_V8_COVERAGE: "" };

  it("never says pass with a report on standard output that a full disk took a part of", async function () {
    this.timeout(120_000);
    if (!existsSync("/dev/full")) skipBecause(this, "there is no /dev/full, which is a full disk");
    for (const [script, reason] of [
      ['exec "$@" > /dev/full', "ENOSPC: "],
      [`ulimit -f 4; exec "$@" > ${path}`, "EFBIG: "],
    ] as const) {
      const { code, stderr } = await start(["--report", "json=-", "--quiet"], nothingElse, script).ended;
      assert.deepEqual([code, stderr.startsWith(`standard output could not be written: ${reason}`)], [3, true], stderr);
    }
  });

  it("says that its table is lost on a full disk, and is not lost for having nothing to say there", async function () {
    this.timeout(120_000);
    if (!existsSync("/dev/full")) skipBecause(this, "there is no /dev/full, which is a full disk");
    const ends = async (script: string): Promise<readonly unknown[]> => {
      const { code, stderr } = await start(["--quiet"], nothingElse, script).ended;
      return [code, stderr];
    };
    const lost = "standard output could not be written: ENOSPC: no space left on device, write\n";
    assert.deepEqual(await ends('exec "$@" > /dev/full'), [3, lost]);
    assert.deepEqual(await ends('exec "$@" 2> /dev/full'), [0, ""]);
  });

  it("keeps the report of the run before when the disk is full, and exits with 3", async () => {
    writeFileSync(path, "before");
    const args = ["--report", `json=${path}`, "--quiet"];
    const { code, stderr } = await start(args, nothingElse, 'ulimit -f 4; exec "$@"').ended;
    assert.deepEqual([code, stderr], [3, `the report ${path} could not be written: EFBIG: file too large, write\n`]);
    assert.deepEqual([readFileSync(path, "utf8"), readdirSync(folder)], ["before", ["report.json"]]);
  });

  it("keeps its exit code when nobody reads what it prints", async () => {
    const run = start(["--quiet"]);
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    assert.deepEqual([code, stderr], [0, ""]);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`ends at ${signal} with 2 and the sessions that were played, although replicas hang`, async () => {
      const run = start(["--sessions", "2", "--report", `json=${path}`]);
      deployment.misbehaviour.set("b", ({ session }) => {
        if (session?.endsWith("-001") !== true) return false;
        run.child.kill(signal);
        return true;
      });
      const { code, signal: by, stdout, stderr } = await run.ended;
      assert.deepEqual([code, by], [2, null], stderr);
      assert.match(stdout, /Affinity: unknown – interrupted\n$/);
      assert.equal(verdictOf(path), "unknown: interrupted");
      const { sessions } = JSON.parse(readFileSync(path, "utf8")) as { sessions: { models: (string | null)[] }[] };
      assert.ok(sessions.some(({ models }) => models[0] !== undefined && models[0] !== null));
    });
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`ends at once at ${signal} while a report waits for its reader`, async () => {
      execFileSync("mkfifo", [path]);
      const run = start(["--report", `json=${path}`]);
      await once(run.child.stdout ?? assert.fail(), "data");
      run.child.kill(signal);
      assert.equal((await run.ended).signal, signal);
    });
  }

  it("ends at once at a signal while its prompts come from a pipe that nobody writes to", async () => {
    execFileSync("mkfifo", [path]);
    const run = start(["--prompts", path]);
    await using _writer = await open(path, "w");
    run.child.kill("SIGINT");
    assert.equal((await run.ended).signal, "SIGINT");
  });

  it("ends at once at a second Ctrl-C, without a report", async () => {
    // What the checks have opened is never closed.
    const never = `const { allSettled } = Promise;
      const hang = () => new Promise(() => setInterval(() => undefined, 1_000));
      Promise.allSettled = (all) => ((Promise.allSettled = hang), allSettled.call(Promise, all));`;
    const run = start(["--report", `json=${path}`], before(never));
    await once(run.child.stderr ?? assert.fail(), "data");
    // The first has come when another of its kind is taken as usual.
    const again = setInterval(() => run.child.kill("SIGINT"), 20);
    const { code, signal } = await run.ended;
    clearInterval(again);
    assert.deepEqual([code, signal, existsSync(path)], [null, "SIGINT", false]);
  });

  /** The environment of a program that does something first. */
  function before(script: string): NodeJS.ProcessEnv {
    const file = join(folder, "before.cjs");
    writeFileSync(file, script);
    return { NODE_OPTIONS: `--require=${file}` };
  }

  it("exits with 3 at an error that nobody waits for, with one line that says where to report it, and no report", async () => {
    const broken = 'process.once("SIGUSR2", () => { throw new TypeError("it is\\nbroken"); });';
    const run = start(["--quiet", "--report", `json=${path}`], before(broken));
    deployment.misbehaviour.set("b", () => run.child.kill("SIGUSR2"));
    const { code, stdout, stderr } = await run.ended;
    assert.deepEqual([code, stdout, existsSync(path)], [3, "", false]);
    assert.match(
      stderr,
      /^the verifier failed: it is broken \(before\.cjs:1:\d+\); this is a defect [^\n]+ issue of its repository\n$/,
    );
  });

  it("exits with 3, never 0, when it stops before its verdict", async () => {
    const lost = "Promise.allSettled = () => new Promise(() => undefined);";
    const { code, stdout, stderr } = await start(["--quiet"], before(lost)).ended;
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, /^the verifier failed: it stopped before its verdict \(/);
  });
});
