import { strict as assert } from "node:assert";
import { stringify } from "yaml";
import { Scratch } from "../../../lib/testing/scratch";
import { startRedis, startStub } from "../../../standin/testing";
import { contracts, defaultOptions, verify, type Report } from "../../../verify";
import { findPypiProgram, startOnLoopback } from "../../stacks/pypi";
import { said } from "../../integration/verify/trial-gateways";

const version = "1.108.7";

/** A gateway that nobody here wrote. Its proxies look into their own memory before Redis: BerriAI/litellm#41225. */
describe(`two proxies of LiteLLM ${version} with one Redis`, function () {
  this.timeout(300_000);
  const started: AsyncDisposable[] = [];
  const use = <T extends AsyncDisposable>(it: T): T => (started.push(it), it);
  let replicas: { readonly name: string; readonly url: string }[];
  let redisUrl: string;

  before(async function () {
    const requirement = "litellm[proxy]";
    const litellm = await findPypiProgram(this, { program: "litellm", version, requirement, wish: "PLANO_AFFINITY_LITELLM" });
    const redis = use(await startRedis());
    const stub = use(await startStub());
    const scratch = use(await Scratch.make());
    const tiers = { SIMPLE: "small", MEDIUM: "medium", COMPLEX: "complex", REASONING: "reasoning" };
    const model = (name: string) => ({
      model_name: name,
      litellm_params: { model: `openai/${name}`, api_base: `${stub.url}/v1`, api_key: "none" },
    });
    const router = {
      model: "auto_router/complexity_router",
      complexity_router_config: { tiers, session_affinity: true },
      complexity_router_default_model: tiers.SIMPLE,
    };
    const { hostname, port } = new URL(redis.url);
    const config = await scratch.file(
      "config.yaml",
      stringify({
        model_list: [...Object.values(tiers).map(model), { model_name: "smart-router", litellm_params: router }],
        router_settings: { redis_host: hostname, redis_port: Number(port) },
      }),
    );
    redisUrl = redis.url;
    const environment = {
      LITELLM_MODE: "PRODUCTION",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_TELEMETRY: "False",
      // On loopback, without a master key.
      LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
    };
    const start = () => startOnLoopback(litellm, ["--config", config], "/health/liveliness", environment);
    const proxies = (await Promise.all([start(), start()])).map(use);
    replicas = proxies.map(({ url }, i) => ({ name: "ab"[i] ?? "", url }));
  });
  after(async () => {
    for (const it of started.reverse()) await it[Symbol.asyncDispose]();
  });

  const judge = (...checks: readonly string[]): Promise<Report> =>
    verify({
      ...defaultOptions,
      contract: contracts.litellm,
      model: "smart-router",
      ttlSeconds: 3_600,
      target: { kind: "replicas", replicas, redisUrl },
      checks,
    });

  it("keep a session on its model, with a pin in Redis that lives on with each request", async () => {
    const report = await judge("control", "pinning", "redis");
    assert.equal(report.verdict, "pass", report.reason ?? "");
    assert.equal(report.requests.failed, 0);
  });

  it("disagree for good about sessions that begin on both at once", async () => {
    const report = await judge("control", "race");
    assert.equal(report.verdict, "fail");
    assert.match(
      said(report, "race"),
      /^fail: \S+: replicas disagree: [ab] answered \S+ and [ab] \S+, .* after the pin had settled/,
    );
  });
});
