import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench } from "../../../dev/bench/bench";
import { Programs } from "../../../dev/bench/commands";
import { measureReplicas } from "../../../dev/bench/growth/replicas";
import { measureSessions } from "../../../dev/bench/growth/sessions";

describe("the benchmark of growth", function () {
  this.timeout(60_000);
  let bench: Bench;

  before(async () => {
    const programs = await Programs.compile(await mkdtemp(join(tmpdir(), "plano-affinity-bench-test-")));
    const scale = { runs: 1, sessions: 1, growth: [2, 5], replicas: [2, 3], replicaSessions: 6 };
    bench = { programs, scale, signal: new AbortController().signal };
  });
  after(() => rm(bench.programs.folder, { recursive: true, force: true }));

  it("times each number of sessions, and takes its memory", async () => {
    const said: string[] = [];
    const { points, rounds } = await measureSessions(bench, (text) => said.push(text));
    assert.equal(rounds, 2);
    assert.deepEqual(said, ["2 sessions", "5 sessions"]);
    for (const [i, { sessions, seconds, peakMib }] of points.entries()) {
      assert.equal(sessions, [2, 5][i]);
      assert.ok(seconds.length === 1 && (seconds[0] ?? 0) > 0.02, seconds.join());
      assert.ok(peakMib.length === 1 && (peakMib[0] ?? 0) > 20, peakMib.join());
    }
  });

  it("times each number of replicas, and counts the pairs that the verifier covers", async () => {
    const { points, tooFew } = await measureReplicas(bench, () => undefined);
    assert.deepEqual(
      points.map(({ replicas, covered, same, least }) => [replicas, covered, same.sessions, least.sessions]),
      [
        [2, 2, 6, 4],
        [3, 6, 6, 4],
      ],
    );
    for (const { same, least } of points) assert.ok([...same.seconds, ...least.seconds].every((it) => it > 0.02));
    assert.deepEqual([tooFew.replicas, tooFew.sessions], [3, 2]);
    assert.match(tooFew.summary, /^not covered \(writer → reader\): .*; use --sessions 3 or more$/);
  });
});
