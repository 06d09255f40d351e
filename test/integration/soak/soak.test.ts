import assert from "node:assert/strict";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { defaultSoak, soakSubject, type FaultId, type SoakOptions, type SoakReport } from "../../../soak";
import { SoakDraft } from "../../../soak/draft";
import schema from "../../../soak/schema.json";
import { systemClock } from "../../../verify/common/clock";
import type { Progress } from "../../../verify/run/context";
import { DisruptionCluster, type ClusterOptions } from "../verify/disruption-cluster";
import { shortLimits } from "../verify/conclude";
import { Balancer } from "./balancer";

const seconds = (value: number): number => value / 60;

/** A soak of seconds against stand-ins with a real Redis; what a cluster would do to them is done by the test. */
async function soak(
  cluster: DisruptionCluster,
  faults: readonly FaultId[],
  more: Partial<SoakOptions> = {},
  progress?: Progress,
): Promise<SoakReport> {
  await using balancer = await Balancer.start(cluster);
  const options: SoakOptions = {
    ...defaultSoak,
    minutes: seconds(8),
    sessions: 20,
    rate: 40,
    faults,
    timeoutSeconds: 20,
    ...more,
  };
  const draft = new SoakDraft(systemClock, options, "a test");
  const report = await soakSubject(options, { target: cluster, serviceUrl: balancer.url, limits: shortLimits }, draft, progress);
  const validate = addFormats(new Ajv()).compile(schema);
  assert.ok(validate(report), JSON.stringify(validate.errors));
  return report;
}

const start = (options: ClusterOptions = {}): Promise<DisruptionCluster> => DisruptionCluster.start(options);

describe("a soak", function () {
  this.timeout(60_000);

  it("finds every pin held while a pod is deleted, and is still unknown where it was too short for memory", async () => {
    // Longer than any request: the stand-in cuts off what is under way when it ends, as Plano 0.4.27 does.
    await using cluster = await start({ graceMs: 2_000 });
    const report = await soak(cluster, ["pod-deleted"]);
    assert.deepEqual(report.violations, []);
    assert.equal(report.verdict, "unknown", report.reason ?? "");
    assert.match(report.reason ?? "", /(^|; )too short to tell whether memory is flat \(--minutes\)$/);
    const { answers, requests, sessions, faults } = report;
    assert.equal(sessions.peak, 20);
    assert.deepEqual([answers.inside, answers.lost, answers.outside], [0, 0, 0]);
    assert.ok(requests.service.sent > 50 && requests.pod.sent > 50, JSON.stringify(requests));
    assert.ok(answers.held > 100, `${answers.held} held`);
    assert.deepEqual([faults[0]?.id, faults[0]?.verdict], ["pod-deleted", "pass"]);
    assert.ok((faults[0]?.requests.sent ?? 0) > 5);
    assert.equal(cluster.acts.at(-1), "put back");
  });

  it("names pins that are not shared", async () => {
    await using cluster = await start({ fault: () => "memory-cache" });
    const report = await soak(cluster, [], { minutes: seconds(3) });
    assert.equal(report.verdict, "fail");
    assert.match(
      report.reason ?? "",
      /^\d+ answers with another model than the pin's outside of any outage of Redis, in \d+ sessions$/,
    );
    assert.ok(report.sessions.violated > 5, `${report.sessions.violated} sessions`);
    assert.match(report.violations[0]?.sentence ?? "", /^\S+ answered \S+, although the session is pinned to \S+$/);
  });

  it("tells what a Redis restart costs from what it must not cost, and from when on affinity is back", async () => {
    await using cluster = await start();
    const report = await soak(cluster, ["redis-restarted"], { minutes: seconds(9) });
    const [fault] = report.faults;
    assert.equal(fault?.verdict, "pass", fault?.summary);
    const { landedMs, redisBackMs, recoveredMs } = fault;
    assert.ok(landedMs !== null && redisBackMs !== null && recoveredMs !== null && recoveredMs > landedMs);
    assert.ok(report.answers.inside > 0, "without Redis every request is routed anew");
    assert.deepEqual([report.answers.lost, report.answers.outside], [0, 0]);
    assert.notEqual(report.verdict, "fail", report.reason ?? "");
  });

  it("counts pins that do not outlive a Redis restart", async () => {
    await using cluster = await start({ persists: false });
    const report = await soak(cluster, ["redis-restarted"], { minutes: seconds(9) });
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /\d+ pins did not outlive an outage of Redis/);
    assert.ok(report.answers.lost > 5, `${report.answers.lost} lost`);
    assert.equal(report.answers.outside, 0);
  });

  it("ends early at an interruption, with what it has and everything put back", async () => {
    await using cluster = await start();
    const interruption = new AbortController();
    const report = await soak(cluster, ["pod-deleted"], { minutes: 5, signal: interruption.signal }, ({ phase }) => {
      if (phase === "soak: quiet") interruption.abort();
    });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.ok(report.answers.held > 0 && report.faults.length === 0 && report.durationMs < 150_000);
    assert.equal(cluster.acts.at(-1), "put back");
  });
});
