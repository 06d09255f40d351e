import assert from "node:assert/strict";
import { parse } from "yaml";
import { type PlanoConfigArgs, renderPlanoConfig } from "./plano-config";
import { planoPeers } from "../names";
import { parseConfig } from "../../standin/gateway/config";

const args: PlanoConfigArgs = {
  planoVersion: "0.4.27",
  peers: planoPeers("demo", false),
  upstream: "stub",
  routing: "stub",
  sessionTtlSeconds: 600,
};

interface Config {
  readonly model_providers: readonly { readonly model: string; readonly base_url?: string; readonly access_key: string }[];
  readonly overrides?: object;
  readonly routing: {
    readonly session_ttl_seconds: number;
    readonly session_cache: { readonly url: string; readonly tenant_header?: string };
  };
  readonly routing_preferences: readonly { readonly name: string; readonly models: readonly string[] }[];
  readonly tracing: object;
}

const render = (changed: Partial<PlanoConfigArgs> = {}) => parse(renderPlanoConfig({ ...args, ...changed })) as Config;

describe("plano_config.yaml", () => {
  it("pins sessions in the stack's Redis, with the password from the environment", () => {
    assert.deepEqual(render().routing, {
      session_ttl_seconds: 600,
      session_cache: { type: "redis", url: "redis://:$REDIS_PASSWORD@redis.demo.svc.cluster.local:6379" },
    });
  });

  it("pins in a Redis of the user's own, whose URL is not in the file", () => {
    assert.equal(render({ peers: planoPeers("demo", true) }).routing.session_cache.url, "$REDIS_URL");
  });

  it("keeps tenants apart when a header names them", () => {
    assert.equal(render({ tenantHeader: "x-tenant-id" }).routing.session_cache.tenant_header, "x-tenant-id");
  });

  it("routes between two models", () => {
    assert.deepEqual(
      render().routing_preferences.map(({ name, models }) => [name, models]),
      [
        ["fast_responses", ["openai/gpt-4o-mini"]],
        ["deep_reasoning", ["openai/gpt-5.2"]],
      ],
    );
  });

  it("lets the stub answer and route", () => {
    const config = render();
    assert.deepEqual(config.model_providers, [
      { model: "openai/gpt-4o-mini", default: true, base_url: "http://llm-stub.demo.svc.cluster.local:8080", access_key: "none" },
      { model: "openai/gpt-5.2", base_url: "http://llm-stub.demo.svc.cluster.local:8080", access_key: "none" },
      { model: "plano/Plano-Orchestrator", base_url: "http://llm-stub.demo.svc.cluster.local:8080", access_key: "none" },
    ]);
    assert.deepEqual(config.overrides, { llm_routing_model: "plano/Plano-Orchestrator" });
  });

  it("lets OpenAI answer with the key from the environment, and Plano's own service route", () => {
    const config = render({ upstream: "openai", routing: "hosted" });
    assert.deepEqual(config.model_providers, [
      { model: "openai/gpt-4o-mini", default: true, access_key: "$OPENAI_API_KEY" },
      { model: "openai/gpt-5.2", access_key: "$OPENAI_API_KEY" },
    ]);
    assert.equal(config.overrides, undefined);
  });

  it("traces every request and names the pod", () => {
    assert.deepEqual(render().tracing, {
      random_sampling: 100,
      opentracing_grpc_endpoint: "http://jaeger.demo.svc.cluster.local:4317",
      span_attributes: { static: { "k8s.pod.name": "$POD_NAME" } },
    });
  });

  for (const [planoVersion, field] of [
    ["0.4.30", "max_overhead_pct"],
    ["0.4.31", "max_switch_spend_pct"],
  ] as const) {
    it(`holds sessions on ${planoVersion} by a budget of 0 and the stub's prices, and sets no lifetime`, () => {
      const text = renderPlanoConfig({ ...args, planoVersion });
      const { routing, model_metrics_sources: sources } = parse(text) as Record<string, unknown>;
      const url = "redis://:$REDIS_PASSWORD@redis.demo.svc.cluster.local:6379";
      assert.deepEqual(routing, { routing_budget: { [field]: 0 }, session_cache: { type: "redis", url } });
      assert.deepEqual(sources, [
        {
          type: "cost",
          provider: "models.dev",
          url: "http://llm-stub.demo.svc.cluster.local:8080/prices",
          refresh_interval: 30,
        },
      ]);
      const { budget } = parseConfig(text, { REDIS_PASSWORD: "p", POD_NAME: "plano-1" });
      assert.deepEqual(budget, {
        percent: 0,
        source: { url: "http://llm-stub.demo.svc.cluster.local:8080/prices", refreshSeconds: 30 },
      });
    });
  }

  it("is understood by the stand-in", () => {
    const config = parseConfig(renderPlanoConfig({ ...args, tenantHeader: "X-Tenant" }), {
      REDIS_PASSWORD: "p",
      POD_NAME: "plano-1",
    });
    assert.equal(config.port, 12000);
    assert.deepEqual(config.unsetVariables, []);
    assert.deepEqual(config.sessionCache, { type: "redis", url: "redis://:p@redis.demo.svc.cluster.local:6379" });
    assert.deepEqual([...config.models.keys()], ["openai/gpt-4o-mini", "openai/gpt-5.2"]);
    assert.deepEqual(config.spanAttributes, { "k8s.pod.name": "plano-1" });
  });
});
