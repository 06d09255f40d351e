import assert from "node:assert/strict";
import { parse } from "yaml";
import { type PlanoConfigArgs, planoPeers, renderPlanoConfig } from "./plano-config";
import { parseConfig } from "../../standin/gateway/config";

const args: PlanoConfigArgs = {
  planoVersion: "0.4.27",
  peers: planoPeers("demo", false),
  upstream: "stub",
  routing: "stub",
  sessionTtlSeconds: 600,
};
const env = { REDIS_PASSWORD: "p", POD_NAME: "plano-1" };
const stub = "http://llm-stub.demo.svc.cluster.local:8080";
const redis = { type: "redis", url: "redis://:$REDIS_PASSWORD@redis.demo.svc.cluster.local:6379" };

const render = (changed: Partial<PlanoConfigArgs> = {}) =>
  parse(renderPlanoConfig({ ...args, ...changed })) as Record<string, Record<string, unknown>>;

describe("plano_config.yaml", () => {
  it("pins sessions in Redis, its secrets in variables, apart for each tenant where a header names it", () => {
    assert.deepEqual(render()["routing"], { session_ttl_seconds: 600, session_cache: redis });
    const { routing } = render({ peers: planoPeers("demo", true), tenantHeader: "x-tenant-id" });
    const session_cache = { type: "redis", url: "$REDIS_URL", tenant_header: "x-tenant-id" };
    assert.deepEqual(routing, { session_ttl_seconds: 600, session_cache });
  });

  it("names the file with the authorities that Plano trusts, where there are some of one's own", () => {
    const { overrides } = render({ upstream: "openai", routing: "hosted", trustFile: "/etc/plano-affinity/ca.pem" });
    assert.deepEqual(overrides, { upstream_tls_ca_path: "/etc/plano-affinity/ca.pem" });
  });

  it("lets OpenAI answer with the key from the environment, and Plano's own service route", () => {
    const { model_providers, overrides } = render({ upstream: "openai", routing: "hosted" });
    assert.deepEqual(model_providers, [
      { model: "openai/gpt-4o-mini", default: true, access_key: "$OPENAI_API_KEY" },
      { model: "openai/gpt-5.2", access_key: "$OPENAI_API_KEY" },
    ]);
    assert.equal(overrides, undefined);
  });

  for (const [planoVersion, field] of [
    ["0.4.30", "max_overhead_pct"],
    ["0.4.31", "max_switch_spend_pct"],
    ["0.5.0", "max_switch_spend_pct"],
  ] as const) {
    it(`holds sessions on ${planoVersion} by a budget of 0 and the stub's prices, and sets no lifetime`, () => {
      const { routing, model_metrics_sources: sources } = render({ planoVersion });
      assert.deepEqual(routing, { routing_budget: { [field]: 0 }, session_cache: redis });
      const url = `${stub}/prices`;
      assert.deepEqual(sources, [{ type: "cost", provider: "models.dev", url, refresh_interval: 30 }]);
      const { priceSource } = parseConfig(renderPlanoConfig({ ...args, planoVersion }), env);
      assert.deepEqual(priceSource, { url, refreshSeconds: 30 });
    });
  }
});
