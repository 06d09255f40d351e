import assert from "node:assert/strict";
import { Redis } from "ioredis";
import { startRedis } from "../../../standin/testing";
import { defaultOptions, type Report } from "../../../verify";
import { checks } from "../../../verify/checks";
import { RedisInspector } from "../../../verify/redis/inspector";
import type { Check } from "../../../verify/run/check";
import { ReportDraft } from "../../../verify/run/report-draft";
import { runChecks } from "../../../verify/run/run";
import { connectTarget } from "../../../verify/targets";
import { checkOf, twoGateways } from "./trial-gateways";

const sessions = 4;

/** Fills Redis until none of the pins is left, as other sessions would. */
async function fill(redis: Redis): Promise<void> {
  const pins = await redis.keys("plano:affinity:*");
  assert.equal(pins.length, sessions);
  for (let from = 0; (await redis.exists(...pins)) > 0; from += 1_000) {
    assert.ok(from < 200_000, "Redis evicted no pins");
    const pipeline = redis.pipeline();
    for (let n = from; n < from + 1_000; n++) pipeline.set(`plano:affinity:of-others-${n}`, "x".repeat(500), "EX", 600);
    await pipeline.exec();
  }
}

/** Real redis-server processes with little memory, and stand-in gateways in front of them. */
describe("a Redis that evicts pins", function () {
  this.timeout(30_000);
  let client: Redis;
  after(() => client?.disconnect());
  const shared = twoGateways({ maxMemory: "3mb" });
  before(() => void (client = new Redis(shared.redis.url)));
  beforeEach(() => client.flushall());

  /** Fills Redis when all sessions were answered once, or to their ends. */
  async function verifyFilled(at: "first answered" | "ended"): Promise<Report> {
    let waiting = 0;
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    const meddler: Check = {
      id: "expiry",
      title: "Nothing",
      alwaysBegun: true,
      begin: async () => ({
        async firstAnswered() {
          if (at === "first answered" && ++waiting === sessions) await fill(client).then(open);
          if (at === "first answered") await opened;
        },
        async conclude() {
          if (at === "ended") await fill(client);
          return { verdict: "pass", summary: "", evidence: {} };
        },
      }),
    };
    const replicas = (["a", "b"] as const).map((name) => ({ name, url: shared[name].url }));
    const target = { kind: "replicas", replicas, redisUrl: shared.redis.url } as const;
    const options = { ...defaultOptions, target, sessions, rounds: 3, checks: ["control", "pinning", "redis"] };
    const { signal } = new AbortController();
    await using connected = await connectTarget(target, options, () => undefined, signal);
    // It looks after the check of Redis has looked at a session, and before that reads all pins.
    const all = at === "ended" ? [meddler, ...checks] : [...checks, meddler];
    return await runChecks(all, options, connected, new ReportDraft("a test"), () => undefined, signal);
  }

  const full =
    /Redis is full \(used_memory [\d.]+ MiB of maxmemory 3\.0 MiB, allkeys-lru; evicted_keys rose by \d+ during the run\)/;

  it("is named as the cause in the reason, where sessions changed their model for it", async () => {
    const report = await verifyFilled("first answered");
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^pinning: .* answered .* in round 2, although .*; Redis is full /);
    assert.match(report.reason ?? "", full);
    const redis = checkOf(report, "redis");
    assert.match(
      redis.summary,
      /^the value of key plano:affinity:\S+ changed while the session was pinned \(and 3 more\), or it was evicted and written anew: Redis is full /,
    );
    assert.match(JSON.stringify(redis.evidence["cause"]), full);
  });

  it("is named where the pins went after the last answer", async () => {
    const report = await verifyFilled("ended");
    assert.equal(checkOf(report, "pinning").verdict, "pass");
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^redis: key plano:affinity:\S+ does not exist \(and 3 more\); Redis is full /);
  });
});

describe("a Redis whose ACL forbids INFO", function () {
  it("tells nothing of its memory, and is read all the same", async () => {
    await using server = await startRedis();
    const redis = new Redis(server.url);
    await redis.set("k", "v");
    await redis.call("ACL", "SETUSER", "reader", "on", ">pw", "~*", "+get", "+pttl", "+time", "+ping", "+client");
    redis.disconnect();
    await using inspector = await RedisInspector.connect(server.url.replace("redis://", "redis://reader:pw@"));
    assert.equal(await inspector.memory(), undefined);
    const [look] = await inspector.look(["k"]);
    assert.equal(look?.value, "v");
  });
});
