import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { listening } from "../../../lib/testing/listening";
import { defaultSoak, soakOf, type SoakOptions, type SoakReport } from "../../../verify/disruption/soak";
import { Unmeasurable } from "../../../verify/common/errors";
import type { Limits } from "../../../verify/disruption/stage";
import type { Progress } from "../../../verify/common/progress";
import type { Disruptable } from "../../../verify/targets/kubernetes/kubernetes-disruptable";
import { DisruptionCluster, shortLimits } from "../../integration/disruption/disruption-cluster";
import { assertSoakReport } from "../../stacks/soak-run";

const seconds = (value: number): number => value / 60;

/** What a Service is to its pods: each connection leads to one of those that are ready, in turn. */
function startBalancer(cluster: Pick<Disruptable, "look">) {
  let turn = 0;
  const carry = async (client: Socket): Promise<void> => {
    client.on("error", () => undefined);
    const ready = (await cluster.look()).pods.flatMap(({ ready: is, replica }) => (is && replica ? [replica] : []));
    const replica = ready[turn++ % Math.max(1, ready.length)];
    if (replica === undefined || client.destroyed) return void client.destroy();
    const upstream = connect({ host: "127.0.0.1", port: Number(new URL(replica.url).port), noDelay: true });
    upstream.on("error", () => client.destroy());
    client.once("close", () => upstream.destroy());
    client.pipe(upstream).pipe(client);
    client.resume();
  };
  return listening(createServer({ noDelay: true, pauseOnConnect: true }, (client) => void carry(client)));
}

/** A soak of seconds against stand-ins with a real Redis; what a cluster would do to them is done by the test. */
async function soak(
  cluster: DisruptionCluster,
  faults: readonly string[],
  more: Partial<SoakOptions> = {},
  progress: Progress = () => undefined,
  limits: Limits = shortLimits,
): Promise<SoakReport> {
  await using balancer = await startBalancer(cluster);
  const settings = { minutes: seconds(8), sessions: 20, rate: 40, faults, timeoutSeconds: 20, ...more };
  const options = { ...defaultSoak, ...settings };
  const report = await soakOf(options, progress, (run) => run({ target: cluster, serviceUrl: balancer.url, limits }));
  assertSoakReport(report);
  return report;
}

const scaling = ["replica-added", "replica-removed"] as const;

describe("a soak", function () {
  this.timeout(180_000);

  it("names pins that are not shared", async () => {
    await using cluster = await DisruptionCluster.start({ fault: () => "memory-cache" });
    const { reason, verdict, sessions, violations } = await soak(cluster, [], { minutes: seconds(10) });
    assert.equal(verdict, "fail");
    assert.match(reason ?? "", /^\d+ answers with another model than the pin's outside of any outage of Redis$/);
    assert.ok(sessions.violated > 5, `${sessions.violated} sessions`);
    assert.match(violations[0]?.sentence ?? "", /^\S+ answered \S+, although \S+ had answered \S+$/);
  });

  it("tells what a Redis restart costs from what it must not cost, and from when on affinity is back", async () => {
    await using cluster = await DisruptionCluster.start();
    const { answers, faults, reason, verdict } = await soak(cluster, ["redis-restarted"], { minutes: seconds(9) });
    const [fault] = faults;
    assert.equal(fault?.verdict, "pass", fault?.summary);
    const { landedMs, redisBackMs, recoveredMs } = fault;
    assert.ok(landedMs !== null && redisBackMs !== null && recoveredMs !== null && recoveredMs > landedMs);
    assert.ok(answers.inside > 0, "without Redis every request is routed anew");
    assert.deepEqual([answers.lost, answers.outside], [0, 0]);
    assert.notEqual(verdict, "fail", reason ?? "");
  });

  it("reports what it has when the API server fails late", async () => {
    await using cluster = await DisruptionCluster.start({ graceMs: 2_000 });
    const report = await soak(cluster, scaling, { minutes: seconds(24) }, ({ phase }) => {
      cluster.putBackProblem = phase === "soak: Replica removed" ? "the API server is away" : undefined;
    });
    const [added, removed] = report.faults;
    assert.deepEqual([added?.verdict, removed?.verdict], ["pass", "unknown"], `${added?.summary}; ${removed?.summary}`);
    assert.match(removed?.summary ?? "", /; the scale could not be put back at once: the API server is away$/);
    assert.ok(report.answers.held > 100, `${report.answers.held} held`);
    assert.equal(report.leftover, null);
    assert.match(report.reason ?? "", /Replica removed: .*the API server is away/);
  });

  it("reports what it has when it is interrupted while the scale is being put back", async () => {
    await using cluster = await DisruptionCluster.start({ graceMs: 2_000, fault: () => "memory-cache" });
    const interruption = new AbortController();
    const putBack = cluster.putBack.bind(cluster);
    cluster.putBack = async (signal) => {
      interruption.abort(new Error("interrupted"));
      return putBack(signal);
    };
    const report = await soak(cluster, scaling, { minutes: seconds(22), signal: interruption.signal });
    assert.match(report.reason ?? "", /^interrupted; so far: \d+ answers with another model than the pin's/);
    assert.equal(report.faults.map(({ id }) => id).join(), scaling.join());
    assert.ok(report.sessions.violated > 5, `${report.sessions.violated} sessions`);
    assert.equal(cluster.acts.at(-1), "put back");
  });

  it("gives the autoscaler its freedom at once where no replica could be added", async () => {
    await using cluster = await DisruptionCluster.start();
    cluster.isFull = true;
    const { faults, reason } = await soak(cluster, scaling, {}, undefined, { ...shortLimits, landMs: 500 });
    assert.deepEqual([faults[0]?.id, faults[0]?.verdict], ["replica-added", "unknown"]);
    assert.match(faults[0]?.summary ?? "", /^waited 0.5 s until it had landed: Replica added/);
    assert.deepEqual(cluster.acts.slice(0, 2), ["hold 3", "put back"]);
    assert.ok(cluster.acts.filter((act) => act === "put back").length > 1, cluster.acts.join(", "));
    assert.match(reason ?? "", /there was no time for: replica-removed/);
  });

  it("does not roll a deployment whose Redis was not even touched", async () => {
    await using cluster = await DisruptionCluster.start();
    let isBroken = false;
    const redisUrl = cluster.redisUrl.bind(cluster);
    cluster.redisUrl = async () => {
      if (isBroken) throw new Unmeasurable("the Secret cannot be read");
      return redisUrl();
    };
    const { answers, faults } = await soak(cluster, ["redis-clients-killed"], {}, ({ phase }) => {
      isBroken = phase === "soak: Redis clients killed";
    });
    const { verdict, landedMs, summary } = faults[0] ?? {};
    assert.deepEqual([verdict, landedMs, summary], ["unknown", null, "the Secret cannot be read"]);
    assert.ok(!cluster.acts.includes("roll"), cluster.acts.join(", "));
    assert.deepEqual([answers.inside, answers.lost, answers.outside], [0, 0, 0]);
  });

  it("ends early at an interruption, with what it has and everything put back", async () => {
    await using cluster = await DisruptionCluster.start();
    const interruption = new AbortController();
    const report = await soak(cluster, ["pod-deleted"], { minutes: 5, signal: interruption.signal }, ({ phase }) => {
      if (phase === "soak: quiet") interruption.abort();
    });
    assert.deepEqual([report.verdict, report.reason], ["unknown", "interrupted"]);
    assert.ok(report.answers.held > 0 && report.faults.length === 0 && report.durationMs < 150_000);
    assert.equal(cluster.acts.at(-1), "put back");
  });
});
