import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipBecause } from "../../../lib/testing/skip";
import { FakeDeployment } from "./fake-deployment";
import { startFakeRedis } from "./fake-socket-server";
import { assertFitsSchema } from "./report-schema";
import { cliTarget, startCli } from "./start-cli";

/** The program itself: what it prints, and what it exits with. */
describe("plano-affinity verify", function () {
  this.timeout(30_000);
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "verify-"));
    path = join(folder, "report.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function verdictOf(file: string): string {
    const report: unknown = JSON.parse(readFileSync(file, "utf8"));
    assertFitsSchema(report);
    return `${report.verdict}: ${report.reason}`;
  }

  it("exits with 0 for a pass; progress goes to stderr as plain lines, the table to stdout", async () => {
    await using deployment = await FakeDeployment.start();
    const { code, stdout, stderr } = await startCli([...cliTarget(deployment), "--report", `json=${path}`]).ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /Affinity: pass\n$/);
    assert.ok(!stdout.includes("\u001b"));
    assert.equal(stderr, "control: asking without the header\nsessions: 4 × 4 rounds\n");
    assert.equal(verdictOf(path), "pass: null");
  });

  it("exits with 1 for a fail, and is silent but for the table with --quiet", async () => {
    await using deployment = await FakeDeployment.start();
    const forget = deployment.pins;
    forget.set = () => forget;
    const { code, stdout, stderr } = await startCli([...cliTarget(deployment), "--quiet"]).ended;
    assert.deepEqual([code, stderr], [1, ""]);
    assert.match(stdout, /Affinity: fail – pinning: /);
  });

  it("lists everything that is wrong, exits with 3, and has asked nobody anything", async () => {
    await using deployment = await FakeDeployment.start();
    const [, first = ""] = cliTarget(deployment);
    const bad = ["--sessions", "1e9", "--checks", "control,nonsense", "--replica", first, "--report", `json=${folder}/no/r.json`];
    const { code, stdout, stderr } = await startCli([...cliTarget(deployment), ...bad]).ended;
    assert.deepEqual([code, stdout], [3, ""]);
    const blamed = stderr
      .trimEnd()
      .split("\n")
      .map((line) => line.split(": ")[0]);
    assert.deepEqual(blamed, ["--report", "--sessions", "--checks", "--replica"], stderr);
    assert.deepEqual(deployment.requests, []);
    assert.ok(!existsSync(path));
  });

  it("exits with 2 when a replica dies during the run", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.misbehaviour.set("b", ({ session }, response) => {
      if (session === undefined) return false;
      response.destroy();
      void deployment.kill("b");
      return true;
    });
    const { code, stderr } = await startCli([...cliTarget(deployment), "--report", `json=${path}`]).ended;
    assert.equal(code, 2, stderr);
    assert.match(verdictOf(path), /^unknown: pinning: \S+: round \d was not answered by b: connection (refused|reset)/);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it("says which report could not be written after all, shows the table, and exits with 3", async function () {
    if (!existsSync("/dev/full")) skipBecause(this, "there is no /dev/full, which is a full disk");
    await using deployment = await FakeDeployment.start();
    const { code, stdout, stderr } = await startCli([...cliTarget(deployment), "--report", "json=/dev/full", "--quiet"]).ended;
    assert.equal(code, 3);
    assert.match(stdout, /Affinity: pass\n$/);
    assert.match(stderr, /^the report \/dev\/full could not be written: ENOSPC: [^\n]*\n$/);
  });

  it("keeps its exit code when nobody reads what it prints", async () => {
    await using deployment = await FakeDeployment.start();
    const run = startCli([...cliTarget(deployment), "--quiet"]);
    run.child.stdout?.destroy();
    const { code, stderr } = await run.ended;
    assert.deepEqual([code, stderr], [0, ""]);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    it(`ends at ${signal} with 2 and the sessions that were played, although replicas hang`, async () => {
      await using deployment = await FakeDeployment.start();
      const run = startCli([...cliTarget(deployment), "--sessions", "2", "--report", `json=${path}`]);
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

  it("ends at once at a second Ctrl-C, without a report", async () => {
    await using deployment = await FakeDeployment.start();
    // A Redis that is waited for: whoever does not want to wait either presses Ctrl-C again.
    await using redis = await startFakeRedis((command) => (/^(ping|client|info)$/i.test(command) ? "+OK\r\n" : undefined));
    const args = ["--checks", "control,pinning,redis", "--redis-url", `redis://${redis.address}`, "--report", `json=${path}`];
    const run = startCli([...cliTarget(deployment), ...args]);
    let interruptedAt = 0;
    deployment.misbehaviour.set("b", ({ session }, response) => {
      if (session === undefined) return false;
      // The first ends what is asked of the replicas, which shows that it has come.
      void once(response, "close").then(() => {
        interruptedAt = performance.now();
        run.child.kill("SIGINT");
      });
      run.child.kill("SIGINT");
      return true;
    });
    const { code, signal } = await run.ended;
    assert.deepEqual([code, signal], [null, "SIGINT"]);
    assert.ok(performance.now() - interruptedAt < 2_000);
    assert.ok(!existsSync(path));
  });
});
