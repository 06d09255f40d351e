import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Scratch } from "../../lib/testing/scratch";
import { load, refusal, withoutEngine } from "../testing/load-settings";
import { defaultModelOf, furtherPorts, keysInClear, modelsOf } from "./config-rules";
import { routesOf } from "./gateway-config";

const examples = join(__dirname, "../../docs/examples/gateway-config");
const keys = { secrets: '{"ANTHROPIC_API_KEY":"a-key","GROQ_API_KEY":"g-key"}', OPENAI_API_KEY: "sk-test" };

/** What is wrong with a file of this text; the file is called `mine.yaml` in messages. */
async function wrongWith(text: string): Promise<string> {
  await using scratch = await Scratch.make();
  const path = await scratch.file("mine.yaml", text);
  return refusal({ ...keys, gatewayConfig: path }).replaceAll(/\S*mine\.yaml/g, "mine.yaml");
}

const config = readFileSync(join(examples, "three-providers.yaml"), "utf8");
const agents = readFileSync(join(examples, "agents.yaml"), "utf8");
const budget = readFileSync(join(examples, "budget.yaml"), "utf8");

describe("a configuration of one's own", () => {
  before(withoutEngine);

  it("brings its models, its routes in either form, and ports beside the model listener", () => {
    const { gatewayConfig, upstream, secrets } = load({ ...keys, gatewayConfig: join(examples, "agents.yaml") });
    assert.ok(gatewayConfig);
    const { document } = gatewayConfig;
    assert.deepEqual([upstream, Object.keys(secrets)], ["openai", ["ANTHROPIC_API_KEY", "GROQ_API_KEY"]]);
    assert.deepEqual(
      routesOf(document).map(({ name, models }) => [name, ...models]),
      [
        ["planning", "groq/llama-3.3-70b-versatile"],
        ["writing", "anthropic/claude-haiku-4-5"],
      ],
    );
    assert.equal(defaultModelOf(document), "openai/gpt-4o");
    assert.deepEqual(furtherPorts(document), [8001, 10_000]);
    assert.equal(modelsOf(document).length, 3);
    assert.deepEqual(keysInClear(document), []);
  });

  it("needs no keys with the stub, and takes the rest from a Secret that is there", () => {
    const gatewayConfig = join(examples, "three-providers.yaml");
    assert.equal(load({ gatewayConfig, upstream: "stub" }).upstream, "stub");
    assert.ok(load({ gatewayConfig, secretName: "llm-keys", createNamespace: "false" }).gatewayConfig);
  });

  it("is looked for keys in clear", async () => {
    await using scratch = await Scratch.make();
    const path = await scratch.file("mine.yaml", config.replace("$ANTHROPIC_API_KEY", "sk-ant-1234"));
    const document = load({ ...keys, gatewayConfig: path }).gatewayConfig?.document ?? assert.fail();
    assert.deepEqual(keysInClear(document), [["model_providers", 1, "access_key"]]);
  });

  const routing = (text: string): string => `${config}\nrouting: {${text}}`;
  const cache = (text: string): string => routing(`session_cache: {${text}}`);
  const tracing = (text: string): string => `${config}\ntracing: {${text}}`;
  const changed = (from: string, to: string): string => config.replace(from, to);
  const own = "\n    base_url: http://vllm.models.svc.cluster.local:8000\n    provider_interface: openai";

  /** What is said of a text. */
  const refused: Readonly<Record<string, string>> = {
    "mine.yaml:5:11: it is no YAML: ": changed("listeners:", "listeners: ["),
    "mine.yaml: it is no object in YAML": "- a",
    "mine.yaml:13:13: model_providers[0].defalt: there is no such field": changed("default: true", "defalt: true"),
    "mine.yaml:8:11: listeners[0].port: it must be integer": changed("port: 12000", "port: twelve"),
    "mine.yaml:27:5: routing_preferences[2]: it needs models": changed("    models: [vllm/qwen3-coder]\n", ""),
    "listeners[0].type: it is none of model, prompt, agent": changed("type: model", "type: llm"),
    "routing.routing_budget: there is no such field in this release": budget,
    "mine.yaml:1:1: model_providers: there is none": "version: v0.4.0\nlisteners: []",
    "model_providers[1].default: there is another default": changed(
      "$ANTHROPIC_API_KEY",
      "$ANTHROPIC_API_KEY\n    default: true",
    ),
    "models[0]: openai/gpt-9 is the name of no provider; there are": changed("[openai/gpt-4o-mini]", "[openai/gpt-9]"),
    "Plano does not start with openrouter/a": changed(own, "").replaceAll("vllm/qwen3-coder", "openrouter/a"),
    "listeners[0].port: the stack's Service leads to port 12000": changed("port: 12000", "port: 12345"),
    "mine.yaml:20:11: listeners[1].port: 9901 is taken by Plano's": agents.replace("port: 8001", "port: 9901"),
    "listeners[2].port: 10000 is taken by the listener travel": agents.replace("port: 8001", "port: 10000"),
    "listeners[1].port: Plano does not start without one": agents.replace("    port: 8001\n", ""),
    "listeners[0].address: a pod is reached by its own address": changed("0.0.0.0", "127.0.0.1"),
    "mine.yaml:31:33: routing.session_cache.type: a cache in each replica's memory": cache("type: memory"),
    "routing.session_cache.url: the stack puts its own Redis there": cache('type: redis, url: "redis://r"'),
    "tenant_header: pulumi config set tenantHeader x-team": cache("type: redis, tenant_header: x-team"),
    "session_ttl_seconds: pulumi config set sessionTtlSeconds 60": routing("session_ttl_seconds: 60"),
    "tracing.random_sampling: the check traces looks up every request": tracing("random_sampling: 10"),
    "pulumi config set otlpEndpoint http://c:4317": tracing('opentracing_grpc_endpoint: "http://c:4317"'),
    "mine.yaml names $OTHER_KEY, which nobody gives": changed("$ANTHROPIC_API_KEY", "$OTHER_KEY"),
  };
  for (const [says, text] of Object.entries(refused))
    it(`is refused: ${says}`, async () => {
      const said = await wrongWith(text);
      assert.ok(said.includes(says), said);
      assert.match(said, /^1 setting is wrong; nothing was made or changed\.\n {2}gatewayConfig: /);
    });

  it("is refused where it cannot be read", () => {
    assert.match(refusal({ gatewayConfig: "nowhere.yaml" }), /gatewayConfig: nowhere\.yaml: it cannot be read \(ENOENT\)/);
  });
});

describe("secrets", () => {
  before(withoutEngine);

  for (const [value, says] of [
    ['["a"]', "secrets: the value is not an object"],
    ['{"A-B":"x"}', "secrets.A-B: it is no name of a variable"],
    ['{"OPENAI_API_KEY":"x"}', "secrets.OPENAI_API_KEY: it has a setting of its own"],
    ['{"REDIS_URL":"x"}', "secrets.REDIS_URL: it has another meaning"],
    ['{"A":1}', "secrets.A: it is no text, or an empty one"],
    ['{"A":""}', "secrets.A: it is no text, or an empty one"],
    ...["12345", "true", "a: b", "a\nb", "- a", "a #b"].map(
      (it) => [JSON.stringify({ A: it }), "secrets.A: it would not survive"] as const,
    ),
  ] as const)
    it(`are refused: ${value}`, () => {
      const said = refusal({ secrets: value });
      assert.ok(said.includes(says), said);
    });

  it("have to be there before the stack where a Secret is named", () =>
    assert.match(
      refusal({ secretName: "llm-keys" }),
      /secretName: it is a Secret that is there before .*\n.*createNamespace false/,
    ));
});
