import assert from "node:assert/strict";
import { contracts } from "../../../verify";
import { faultsWithin } from "../../../verify/checks/disruptive";
import { startRedis } from "../../../standin/testing";
import { Unmeasurable } from "../../../verify/common/errors";
import { disruptiveCheck, faults as allFaults } from "../../../verify/disruption";
import { replicaCutOff } from "../../../verify/disruption/replica-cut-off";
import type { Disturbance } from "../../../verify/disruption/stage";
import { killClients, otherClients } from "../../../verify/redis/clients";
import { conclude, DisruptionCluster, eventsOf, expectFinding, shortLimits } from "./disruption-cluster";

const faults = faultsWithin(shortLimits);

/** The check with some of its faults. */
const only = (wanted: readonly Disturbance[], limits = shortLimits) =>
  disruptiveCheck({ id: "faults", title: "", wanted, rightsOf: () => [], passed: () => "survived" }, limits);

/** What is not asked for where Redis is left alone. */
const forRedis: readonly string[] = ["secrets", "networkpolicies"];

/** Stand-ins as real processes with a real Redis; what a cluster would do to them is done by the test. */
describe("the check faults", function () {
  this.timeout(300_000);

  it("passes when the deployment recovers from every fault with its pins, and shows proof, time and losses of each", async () => {
    await using cluster = await DisruptionCluster.start();
    const finding = await expectFinding(cluster, faults, {
      verdict: "pass",
      summary:
        /^6 faults, each recovered: pod deleted \d+\.\d s, rollout \d+\.\d s, Redis clients killed \d+\.\d s, Redis paused \d+\.\d s, Redis restarted \d+\.\d s, replica cut off from Redis \d+\.\d s; \d+ of \d+ requests lost(, \d+ misrouted meanwhile)?; all pins held$/,
      acts: ["delete a pod", "roll", "delete redis-0", "cut off a pod", "rejoin", "put back"],
    });
    const events = eventsOf(finding);
    const ids = "pod-deleted,rollout,redis-clients-killed,redis-paused,redis-restarted,replica-cut-off";
    assert.equal(events.map(({ id }) => id).join(), ids);
    // Plano 0.4.27 does not connect to Redis again: it is well only when its container has been restarted.
    const wait = events[2];
    assert.ok((wait?.recoveredMs ?? 0) - (wait?.startedMs ?? 0) >= 500, "a restart takes half a second");
    for (const [i, proof] of [
      /^plano-\d \(uid uid-\d-00\) is ending and no endpoint any more; plano-2 \(uid uid-2-00\) took its place$/,
      /^revision 1 became 2, whose first pod is plano-\d; none of the 2 pod UIDs of before is left$/,
      /^the ids of all \d+ connections are gone from CLIENT LIST$/,
      /^a PING waited (2\.[5-9]|[3-9]\.\d) s for its answer$/,
      /^redis-0 \(uid redis-ui\) is gone and no endpoint any more; redis-0 /,
      /^plano-\d says: Redis at .* ECONNREFUSED; no connection from 127\.88\.0\.\d is left in CLIENT LIST; 8 pins of before held at the other replicas meanwhile$/,
    ].entries()) {
      assert.match(events[i]?.proof ?? "", proof);
    }
    let end = 0;
    for (const { startedMs, landedMs, redisBackMs, recoveredMs, endedMs, requests, verdict, id } of events) {
      assert.ok(landedMs !== null && recoveredMs !== null);
      const times = [end, startedMs, landedMs, redisBackMs ?? landedMs, recoveredMs, endedMs];
      assert.deepEqual(
        times.toSorted((a, b) => a - b),
        times,
      );
      assert.equal(redisBackMs !== null, id.startsWith("re"));
      assert.ok(verdict === "pass" && requests.total > 0, "requests were sent meanwhile");
      end = endedMs;
    }
    assert.ok((finding.sessions ?? []).length >= 4 * 10 && finding.sessions?.every(({ verdict }) => verdict === "pass"));
    assert.ok((events.at(-1)?.requests.misrouted ?? 0) > 0, "a replica without Redis has no pins");
  });

  it("fails when gateways never connect to Redis again, says since when, and fixes it by a rollout", async () => {
    await using cluster = await DisruptionCluster.start({ restartsBroken: false });
    const fromRedisOn = only(allFaults.slice(2), { ...shortLimits, recoverMs: 10_000 });
    const finding = await expectFinding(cluster, fromRedisOn, {
      verdict: "fail",
      summary:
        /^Redis clients killed: new sessions are not shared after 10 s: \S+: plano-\d answered \S+, although plano-\d had answered \S+; a rollout fixed it; not begun: Redis paused, Redis restarted, replica cut off from Redis; 0 of \d+ requests lost, \d+ misrouted meanwhile$/,
      acts: ["roll", "put back"],
    });
    const [killed] = eventsOf(finding);
    assert.deepEqual([killed?.id, killed?.verdict, killed?.recoveredMs], ["redis-clients-killed", "fail", null]);
    assert.ok((killed?.requests.misrouted ?? 0) > 0);
  });

  /** They connect to Redis again by themselves. */
  const anchoring = { planoVersion: "0.4.32", restartsBroken: false };
  const anchored = { pin: "anchored", ttlSeconds: 360 } as const;

  it("passes where only sessions that were used while Redis was away are anchored anew, and says how many", async () => {
    await using cluster = await DisruptionCluster.start(anchoring);
    const summary =
      /; [1-9]\d? of 16 sessions used while Redis was away changed their model for good \(their contract .*\); all other pins held$/;
    const finding = await expectFinding(cluster, faults, { verdict: "pass", summary }, anchored);
    const found = eventsOf(finding).map(({ anchoredAnew }) => anchoredAnew?.used ?? null);
    assert.deepEqual(found, [null, null, 4, 4, 4, 4]);
  });

  it("fails where the contract lets no session move that was used meanwhile, also if pins slide", async () => {
    await using cluster = await DisruptionCluster.start(anchoring);
    const { redis, ...others } = contracts["plano-anchored"];
    const contract = { ...others, redis: { ...redis, movesInOutage: false } };
    const summary = /^Redis (clients killed|restarted): a pin of before was lost: /;
    await expectFinding(cluster, faults, { verdict: "fail", summary }, { ...anchored, contract });
  });

  it("fails on an anchored release when a session that was not used meanwhile has moved", async () => {
    await using cluster = await DisruptionCluster.start({ ...anchoring, persists: false });
    const summary = /^Redis restarted: a pin of before was lost: /;
    await expectFinding(cluster, faults, { verdict: "fail", summary }, anchored);
  });

  it("fails before anything is disturbed when pins are not shared anyway", async () => {
    await using cluster = await DisruptionCluster.start({ fault: () => "memory-cache" });
    const summary = /^pod deleted: a pin was lost before anything was disturbed: /;
    await expectFinding(cluster, faults, { verdict: "fail", summary, acts: ["put back"] });
  });

  it("is unknown when a fault does not land, with what was last seen", async () => {
    await using cluster = await DisruptionCluster.start();
    cluster.deletePod = async () => undefined;
    await expectFinding(cluster, faultsWithin({ ...shortLimits, landMs: 3_000 }), {
      verdict: "unknown",
      summary:
        /^pod deleted: waited 3 s until it had landed: Pod deleted; last seen: plano-\d ready; not begun: rollout, Redis clients killed, Redis paused, Redis restarted, replica cut off from Redis; /,
    });
  });

  it("leaves an external Redis in peace, and says so", async () => {
    await using cluster = await DisruptionCluster.start();
    cluster.redisLeftOut = "Redis is outside of the deployment";
    cluster.missingRights = async (rights) => rights.filter(({ resource }) => forRedis.includes(resource));
    const summary = /^2 faults, .*; Redis' faults were left out: Redis is outside of the deployment$/;
    await expectFinding(cluster, faults, { verdict: "pass", summary, acts: ["delete a pod", "roll", "put back"] });
  });

  it("leaves out what cannot be done or proved here, and says why", async () => {
    await using cluster = await DisruptionCluster.start();
    cluster.keptFromRedis = async ({ name }) => Promise.reject(new Unmeasurable(`${name} has no side-car`));
    cluster.pauseUrl = async () => undefined;
    const summary =
      /^4 faults, .*; Redis paused was left out: there is no account that may do it .*; replica cut off from Redis was left out: plano-0 has no side-car$/;
    await expectFinding(cluster, faults, { verdict: "pass", summary });
  });

  it("is unknown where Redis did not pause", async () => {
    await using cluster = await DisruptionCluster.start();
    await using other = await startRedis();
    cluster.pauseUrl = async () => other.url;
    const summary = /^Redis paused: a PING waited \d\.\d s for its answer, although Redis was to pause for 2\.5 s; not begun: /;
    await expectFinding(cluster, faults, { verdict: "unknown", summary });
  });

  it("is unknown, and touches nothing, without the rights or with pins that live too short", async () => {
    await using cluster = await DisruptionCluster.start();
    const lacks: readonly (readonly [resources: readonly string[], words: string])[] = [
      [["pods"], "delete pods, patch pods"],
      [forRedis, "get secrets, list networkpolicies.networking.k8s.io, create networkpolicies.networking.k8s.io, delete "],
    ];
    for (const [lacking, words] of lacks) {
      cluster.missingRights = async (rights) => rights.filter(({ resource }) => lacking.includes(resource));
      const message = new RegExp(`^nothing was disturbed: in namespace plano-test we may not ${words}`);
      await assert.rejects(conclude(faults, cluster), { name: "Unmeasurable", message });
    }
    cluster.missingRights = async () => [];
    const message = "nothing was disturbed: a pin lives only 20 s (--ttl), too short to outlive a recovery; 30 s are needed";
    await assert.rejects(conclude(faults, cluster, { ttlSeconds: 20 }), { name: "Unmeasurable", message });
    const redis = { ...contracts["plano-anchored"].redis, holdSeconds: 20 };
    const contract = { ...contracts["plano-anchored"], redis };
    await assert.rejects(conclude(faults, cluster, { contract, ttlSeconds: 80 }), { name: "Unmeasurable", message });
    cluster.readySeconds = 22;
    await assert.rejects(conclude(faults, cluster, { ttlSeconds: 60 }), {
      name: "Unmeasurable",
      message:
        "nothing was disturbed: a pin lives only 60 s (--ttl), too short to outlive 2 starts of a replica " +
        "(22 s each, one after another); 74 s are needed",
    });
    assert.deepEqual(cluster.acts, []);
  });
});

describe("a replica that is cut off from Redis", function () {
  this.timeout(300_000);
  const cutOff = only([replicaCutOff]);

  it("is not taken for one where the cluster does not enforce policies", async () => {
    await using cluster = await DisruptionCluster.start({ enforcesPolicies: false });
    await expectFinding(cluster, only([replicaCutOff], { ...shortLimits, landMs: 1_500 }), {
      verdict: "unknown",
      summary: /last seen: plano-\d still gets in: are policies enforced, and no other allows it\?; 0 of /,
      acts: ["cut off a pod", "put back", "rejoin"],
    });
  });

  it("is let in again when the run is interrupted", async () => {
    await using cluster = await DisruptionCluster.start();
    const interruption = new AbortController();
    const cut = cluster.cutOff.bind(cluster);
    cluster.cutOff = (pod) => cut(pod).finally(() => interruption.abort());
    const acts = ["cut off a pod", "put back", "rejoin"];
    const expected = { verdict: "unknown", summary: /^replica cut off from Redis: interrupted; /, acts } as const;
    await expectFinding(cluster, cutOff, expected, { signal: interruption.signal });
  });

  it("is let in before anything else where a run that was killed has left it", async () => {
    await using cluster = await DisruptionCluster.start();
    const [pod] = (await cluster.look()).pods;
    assert.ok(pod !== undefined);
    await cluster.cutOff(pod);
    const url = await cluster.redisUrl();
    await killClients(url, await otherClients(url, pod.podIp));
    const acts = ["cut off a pod", "rejoin", "cut off a pod", "rejoin", "put back"];
    await expectFinding(cluster, cutOff, { verdict: "pass", summary: /^survived: /, acts });
  });

  it("is told of when it cannot be let in again, with the command that does it", async () => {
    await using cluster = await DisruptionCluster.start();
    cluster.rejoinProblem = "HTTP 500";
    await expectFinding(cluster, cutOff, {
      verdict: "unknown",
      summary:
        /; what was changed could not be put back: HTTP 500; .* by hand in namespace plano-test: .*, without NetworkPolicy plano-affinity-cut-off$/,
    });
  });
});
