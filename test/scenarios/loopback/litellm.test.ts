import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { run } from "../../../lib/command";
import { cacheDir } from "../../../lib/paths";
import { Scratch } from "../../../lib/testing/scratch";
import { skipBecause } from "../../../lib/testing/skip";
import { waitFor } from "../../../lib/wait";
import { startRedis, startStub } from "../../../standin/testing";
import { freePort } from "../../../standin/testing/redis";
import { contracts, defaultOptions, verify, type Report } from "../../../verify";
import { said } from "../../integration/verify/trial-gateways";

const version = "1.108.7";
const folder = join(cacheDir(), `litellm-${version}`);
const litellm = join(folder, "bin", "litellm");
const wish = "PLANO_AFFINITY_LITELLM";

/** A gateway that nobody here wrote. Its proxies look into their own memory before Redis: BerriAI/litellm#41225. */
describe(`two proxies of LiteLLM ${version} with one Redis`, function () {
  this.timeout(300_000);
  const started: AsyncDisposable[] = [];
  const use = <T extends AsyncDisposable>(it: T): T => (started.push(it), it);
  let replicas: { readonly name: string; readonly url: string }[];
  let redisUrl: string;

  before(async function () {
    if (process.env[wish] === "install" && !existsSync(litellm)) {
      await run("python3", ["-m", "venv", "--clear", folder]);
      await run(join(folder, "bin", "python"), ["-m", "pip", "install", "--quiet", `litellm[proxy]==${version}`]);
    }
    if (!existsSync(litellm))
      skipBecause(
        this,
        `it is not in the cache; \`${wish}=install npm run test:scenarios\` gets it from PyPI for Python 3.10 or newer`,
      );
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
    replicas = await Promise.all(["a", "b"].map(async (name) => ({ name, url: await start(config) })));
  });
  after(async () => {
    for (const it of started.reverse()) await it[Symbol.asyncDispose]();
  });

  /** @returns its URL, once it answers */
  async function start(config: string): Promise<string> {
    const port = await freePort();
    const stop = new AbortController();
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LITELLM_MODE: "PRODUCTION",
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_TELEMETRY: "False",
      // On loopback, without a master key.
      LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
    };
    const args = ["--config", config, "--host", "127.0.0.1", "--port", String(port)];
    const ended = run(litellm, args, { env, signal: stop.signal, tied: true }).catch((error: unknown) => error);
    use({
      async [Symbol.asyncDispose]() {
        stop.abort();
        await ended;
      },
    });
    // It takes ten seconds and more.
    return await waitFor({ subject: "LiteLLM", limitMs: 240_000, intervalMs: 500 }, async (signal) => {
      const url = `http://127.0.0.1:${port}`;
      const early = await Promise.race([ended, fetch(`${url}/health/liveliness`, { signal })]);
      if (!(early instanceof Response)) throw new Error(String(early));
      return url;
    });
  }

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
