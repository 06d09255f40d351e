import assert from "node:assert/strict";
import Redis from "ioredis";
import { renderPlanoConfig } from "../../../components/plano/plano-config";
import { contracts, defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { said, scene, verifyGateways } from "./trial-gateways";

/** Plano 0.4.28 and later, as the stand-in imitates them: real processes, a real Redis, the stub's price list. */
describe("verify against releases that route every request", function () {
  this.timeout(60_000);
  const shared = scene();
  let client: Redis;
  before(() => void (client = new Redis(shared.redis.url)));
  after(() => client?.disconnect());

  function configOf(planoVersion: string, prices = shared.stub.url): string {
    const stub = shared.stub.url;
    const peers = { stub, redis: "$REDIS_URL", otlp: shared.collector.url };
    const text = renderPlanoConfig({ planoVersion, peers, upstream: "stub", routing: "stub", sessionTtlSeconds: 600 });
    return text.replace(`url: ${stub}/prices`, `url: ${prices}/prices`);
  }

  function verifyTwo(config: string, options: Partial<VerifyOptions>, env: Record<string, string> = {}): Promise<Report> {
    const redisUrl = shared.redis.url;
    const gateway = { redisUrl, stubUrl: shared.stub.url, config, env };
    return verifyGateways({ checks: defaultOptions.checks, gateway, redisUrl, jaegerUrl: shared.collector.url, options });
  }

  for (const [release, ttlSeconds] of [
    ["0.4.29", 360],
    ["0.4.36", 300],
  ] as const) {
    it(`passes on ${release} with the configuration that is rendered for it`, async () => {
      const options = { pin: "anchored", ttlSeconds } as const;
      const report = await verifyTwo(configOf(release), options, { STANDIN_RELEASE: release });
      assert.deepEqual([report.verdict, report.reason], ["pass", null]);
      assert.match(said(report, "redis"), new RegExp(`ends within ${ttlSeconds} s and lives on with every request$`));
      assert.match(said(report, "traces"), /^pass: \d+ unpinned requests were routed and \d+ anchored ones were too, on all 2/);
      assert.deepEqual(await client.keys("*:implicit:*"), [], "requests without a session were given one");
      const read = report.sessions.filter(({ id }) => !id.includes("-race-"));
      for (const session of read) assert.ok((session.ttlSeconds ?? 0) > ttlSeconds - 10);
    });
  }

  it("passes in expiry: anchors hold for longer than their life while they are used, and not after a life without", async () => {
    const { redis, ...others } = contracts["plano-anchored"];
    const env = { STANDIN_RELEASE: "0.4.35", STANDIN_WARM_SECONDS: "6" };
    const gateway = { redisUrl: shared.redis.url, stubUrl: shared.stub.url, config: configOf("0.4.35"), env };
    // Their keys live a minute longer.
    const options = { contract: { ...others, redis: { ...redis, holdSeconds: 6 } }, ttlSeconds: 66 };
    const report = await verifyGateways({ checks: ["expiry"], gateway, options });
    const kept = "4 sessions kept their model on all 2 replicas for 7.0 s of use, were routed anew after 6 s without";
    assert.equal(said(report, "expiry"), `pass: ${kept}, and agreed again`);
  });

  it("fails in pinning when nothing holds the sessions", async () => {
    const config = configOf("0.4.27").replace("session_ttl_seconds: 600", "session_ttl_seconds: 300");
    const report = await verifyTwo(config, { pin: "anchored", ttlSeconds: 300 }, { STANDIN_RELEASE: "0.4.36" });
    assert.equal(report.verdict, "fail");
    assert.match(said(report, "pinning"), /^fail: /);
    assert.match(said(report, "control"), /^pass: /);
  });

  it("fails in pinning when the price list cannot be reached, for everything is free then", async () => {
    const report = await verifyTwo(configOf("0.4.36", "http://127.0.0.1:9"), { pin: "anchored", ttlSeconds: 300 });
    assert.match(said(report, "pinning"), /^fail: /);
  });

  it("fails in redis and traces where anchored pins are expected and fixed ones are found", async () => {
    const report = await verifyTwo(configOf("0.4.27"), { pin: "anchored" });
    assert.match(said(report, "pinning"), /^pass: /);
    assert.match(said(report, "redis"), /^fail: the value of key \S+ has model_name, as Plano 0\.4\.19 to 0\.4\.27 writes it/);
    assert.match(said(report, "traces"), /^fail: .* was not routed, as --pin anchored has it/);
  });
});
