import assert from "node:assert/strict";
import { parseDocument } from "yaml";
import { parseConfig } from "./config";
import { testConfig } from "../testing/plano-config";

const base = testConfig({
  stubUrl: "http://llm-stub:8080",
  redisUrl: "redis://:$REDIS_PASSWORD@redis:6379",
  ttlSeconds: 42,
  tenantHeader: "X-Tenant",
  otlpUrl: "http://jaeger:4317",
});
const env = { REDIS_PASSWORD: "p%23:x", POD_NAME: "plano-1", OPENAI_API_KEY: "sk-test" };

const full = changed("model_providers/1/access_key", "$OPENAI_API_KEY");

/** The config with one value, named by its path, set or (with `undefined`) removed. */
function changed(path: string, value: unknown): string {
  const document = parseDocument(base);
  if (value === undefined) document.deleteIn(path.split("/"));
  else document.setIn(path.split("/"), value);
  return document.toString();
}

describe("plano_config.yaml", () => {
  it("is read with its variables filled in", () => {
    const config = parseConfig(full, env);
    assert.equal(config.port, 12_000);
    assert.deepEqual([...config.models.keys()], ["openai/gpt-4o-mini", "openai/gpt-5.2"]);
    assert.equal(config.models.get("openai/gpt-5.2")?.url.href, "http://llm-stub:8080/v1/chat/completions");
    assert.equal(config.models.get("openai/gpt-5.2")?.accessKey, "sk-test");
    assert.equal(config.routingModel?.upstreamName, "Plano-Orchestrator");
    assert.equal(config.redisUrl, "redis://:p%23:x@redis:6379");
    assert.equal(parseConfig(full.replace("redis:", "REDISS:"), env).redisUrl, "rediss://:p%23:x@redis:6379");
    assert.equal(config.sessionTtlSeconds, 42);
    assert.equal(config.tenantHeader, "x-tenant");
    assert.deepEqual(config.tracing, { samplingRatio: 1, url: "http://jaeger:4318/v1/traces" });
    assert.deepEqual(config.spanAttributes, { "k8s.pod.name": "plano-1" });
    assert.deepEqual(config.unsetVariables, []);
  });

  it("has Plano's defaults", () => {
    const config = parseConfig(
      "version: v0.4.0\nlisteners: [{type: model, name: llm}]\nmodel_providers: [{model: openai/gpt-4o-mini}]",
      {},
    );
    assert.equal(config.port, 12_000);
    assert.equal(config.sessionTtlSeconds, 600);
    assert.deepEqual([config.redisUrl, config.tracing, config.routingModel], [undefined, undefined, undefined]);
  });

  it("asks OpenAI for the bare model name and other upstreams for the full one", () => {
    const config = parseConfig(changed("model_providers/0/base_url", undefined), env);
    assert.equal(config.models.get("openai/gpt-4o-mini")?.upstreamName, "gpt-4o-mini");
    assert.equal(config.models.get("openai/gpt-4o-mini")?.url.href, "https://api.openai.com/v1/chat/completions");
    assert.equal(config.models.get("openai/gpt-5.2")?.upstreamName, "openai/gpt-5.2");
  });

  it("plays the model listener of a file with more in it, and says what it does not play", () => {
    const more = parseDocument(base);
    more.addIn(["listeners"], { type: "agent", name: "travel", port: 8001, agents: [{ id: "a" }] });
    more.set("agents", [{ id: "a", url: "http://a:1" }]);
    more.addIn(["model_providers"], { model: "anthropic/claude-sonnet", name: "sonnet", base_url: "http://llm-stub:8080" });
    more.addIn(["routing_preferences"], { name: "writing", description: "letters", models: ["sonnet", "gpt-5.2"] });
    const { notPlayed, port, models, routes } = parseConfig(more.toString(), env);
    assert.deepEqual(notPlayed, ["agents", "listener travel"]);
    assert.deepEqual(
      [port, models.get("sonnet")?.url.host, routes.at(-1)?.models],
      [12_000, "llm-stub:8080", ["sonnet", "gpt-5.2"]],
    );
  });

  it("does not trace at the default sampling of 0", () => {
    assert.equal(parseConfig(changed("tracing/random_sampling", undefined), env).tracing, undefined);
  });

  it("leaves unset variables empty and names them once", () => {
    const config = parseConfig(full, { POD_NAME: "a" });
    assert.deepEqual(config.unsetVariables, ["OPENAI_API_KEY", "REDIS_PASSWORD"]);
    assert.equal(config.models.get("openai/gpt-5.2")?.accessKey, undefined);
  });

  for (const [text, message] of [
    ["a: [", /^the config is not valid YAML: /],
    ["", /config: must be object/],
  ] as const)
    it(`refuses the text ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseConfig(text, env), { name: "StartupError", message }));

  const violations: [path: string, value: unknown, RegExp][] = [
    ["listeners", undefined, /config: must have required property 'listeners'/],
    ["model_providers/0/model", "gpt-4o", /model_providers\/0\/model: must match/],
    ["model_providers/0/base_url", "llm-stub:8080", /\/0\/base_url: must be an http/],
    ["model_providers/2/base_url", undefined, /only openai\/… has a default/],
    ["overrides/llm_routing_model", "plano/other", /llm_routing_model: plano\/other is not in/],
    ["routing/session_cache/url", "http://redis", /session_cache\/url: must be a redis/],
    ["routing/session_cache/url", "redis://:a%@redis", /session_cache\/url: must be a redis/],
    ["routing/session_cache/type", "disk", /type: must be equal to one of the allowed values .*\["memory","redis"\]/],
    ["tracing/opentracing_grpc_endpoint", "http://j:4317/x", /URL without a path/],
    ["routing/routing_budget", { max_switch_spend_pct: 5 }, /max_switch_spend_pct: must be equal to constant .*:0}/],
    ["routing/routing_budget", { max_switch_spend_pct: 0 }, /needs a cost source/],
  ];
  for (const [path, value, message] of violations)
    it(`refuses ${path} ${JSON.stringify(value)}`, () =>
      assert.throws(() => parseConfig(changed(path, value), env), { name: "StartupError", message }));

  it("names all violations of its form on one line", () => {
    const text = changed("routing", { session_ttl_seconds: "soon", session_cache: { url: "" } });
    const message =
      /: config\/routing\/session_ttl_seconds: must be integer .*; config\/routing\/session_cache\/url: must NOT have fewer than 1 char/;
    assert.throws(() => parseConfig(text, env), { message });
  });
});
