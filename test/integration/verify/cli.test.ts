import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { FakeDeployment } from "./fake-deployment";
import { assertFitsSchema } from "./report-schema";

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", resolve("verify/cli.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = once(child, "close").then(([code]): Outcome => ({ code: code as number | null, stdout, stderr }));
  return { child, ended };
}

describe("plano-affinity verify", function () {
  this.timeout(20_000);
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "verify-"));
    path = join(folder, "report.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function arguments_(deployment: FakeDeployment, ...more: readonly string[]): string[] {
    const replicas = deployment.replicas.flatMap(({ name, url }) => ["--replica", `${name}=${url}`]);
    return [...replicas, "--report", `json=${path}`, "--prompts", resolve("test/integration/verify/prompts.txt"), ...more];
  }

  function reportVerdict(): string {
    const report: unknown = JSON.parse(readFileSync(path, "utf8"));
    assertFitsSchema(report);
    return `${report.verdict}: ${report.reason}`;
  }

  it("exits with 0 for a pass; progress goes to stderr as plain lines, the table to stdout", async () => {
    await using deployment = await FakeDeployment.start();
    const { code, stdout, stderr } = await start(arguments_(deployment)).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Affinity: pass\n$/);
    assert.ok(!stdout.includes("\u001b"));
    assert.equal(stderr, "control: asking without the header\nsessions: 4 × 4 rounds\n");
    assert.equal(reportVerdict(), "pass: null");
  });

  it("exits with 1 for a fail, and is silent but for the table with --quiet", async () => {
    await using deployment = await FakeDeployment.start();
    const forget = deployment.pins;
    forget.set = () => forget;
    const { code, stdout, stderr } = await start(arguments_(deployment, "--quiet")).ended;
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(stdout, /Affinity: fail – pinning: /);
    assert.match(reportVerdict(), /^fail: pinning: /);
  });

  it("exits with 2, with a report, when nothing is reachable", async () => {
    const { code } = await start([
      "--replica",
      "a=http://127.0.0.1:1",
      "--replica",
      "b=http://127.0.0.1:2",
      "--report",
      `json=${path}`,
    ]).ended;
    assert.equal(code, 2);
    assert.match(reportVerdict(), /^unknown: control: replica a did not answer: connection refused/);
  });

  it("exits with 3 for bad usage, naming everything that is wrong, without a report or a stack trace", async () => {
    const { code, stdout, stderr } = await start(["--sessions", "0", "--rounds", "1", "--report", `json=${path}`]).ended;
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, /^--sessions: 0 .*\n--rounds: 1 .*\n$/);
    assert.ok(!existsSync(path));
  });

  it("exits with 0 and the options for --help", async () => {
    const { code, stdout } = await start(["--help"]).ended;
    assert.equal(code, 0);
    assert.match(stdout, /^Usage: plano-affinity verify/);
  });

  it("ends at Ctrl-C with 2 and a partial report", async () => {
    await using deployment = await FakeDeployment.start();
    const run = start(arguments_(deployment));
    deployment.misbehaviour.set("b", ({ session }) => {
      if (session === undefined) return false;
      // Two sessions begin at b: a second signal would end the program at once.
      if (!run.child.killed) run.child.kill("SIGINT");
      return true;
    });
    const { code, stderr } = await run.ended;
    assert.equal(code, 2, stderr);
    assert.equal(reportVerdict(), "unknown: interrupted");
  });
});
