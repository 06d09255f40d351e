import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import http, { type IncomingMessage } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { Redis } from "ioredis";
import { temporaryFolder } from "../../../lib/files";
import { listening } from "../../../lib/testing/listening";
import { startRedis, type StartedRedis } from "../../../standin/testing";
import { contracts, defaultOptions, type Report, type VerifyOptions } from "../../../verify";
import { readmeCommand } from "../../readme";
import { readersEnvironment, ReadersShell } from "../../readme-shell";
import { prompts } from "./fake-deployment";
import { verify } from "./report-schema";
import { startCli } from "./start-cli";
import { checkOf, said } from "./trial-gateways";

/** Bugs that a gateway could have, apart from none. */
type Bug = "memory-first" | "text" | "fixed-life" | "other-header" | "says-nothing" | "says-always" | "fields";

/** How long routing takes, in milliseconds: long enough for first requests to race. */
const routingMs = 5;

const keyOf = (session: string): string => `complexity_router_session_affinity:v1:smart-router:unscoped:${session}`;

/**
 * A replica that is like a LiteLLM proxy with a complexity router: the body names the router, a header the model that
 * answered, and another one why. Prompts with "deep" or "step" are routed to `large`, all others to `small`.
 */
async function startProxy(redis: Redis, bug?: Bug, seconds = 600) {
  const memory = new Map<string, string>();
  const find = async (session: string): Promise<string | undefined> => {
    if (bug === "memory-first" && memory.has(session)) return memory.get(session);
    if (bug === "fields") return (await redis.hget(keyOf(session), "model")) ?? undefined;
    const value = await redis.get(keyOf(session));
    if (value === null) return undefined;
    return bug === "text" ? value : (JSON.parse(value) as { model: string }).model;
  };
  const keep = async (session: string, model: string, isNew: boolean): Promise<void> => {
    if (isNew) memory.set(session, model);
    if (bug === "fixed-life" && !isNew) return;
    if (bug === "fields") await redis.multi().hset(keyOf(session), { model, tier: "t" }).expire(keyOf(session), seconds).exec();
    else await redis.set(keyOf(session), bug === "text" ? model : JSON.stringify({ model, tier: "SIMPLE" }), "EX", seconds);
  };
  const decide = async (request: IncomingMessage) => {
    const { messages } = (await json(request)) as { messages: { role: string; content: string }[] };
    const prompt = messages.find(({ role }) => role === "user")?.content ?? "";
    const session = request.headers["x-litellm-session-id"];
    const pinned = typeof session === "string" ? await find(session) : undefined;
    if (pinned === undefined) await new Promise((resolve) => setTimeout(resolve, routingMs));
    const model = pinned ?? (/deep|step/.test(prompt) ? "large" : "small");
    if (typeof session === "string") await keep(session, model, pinned === undefined);
    return { model, isPinned: pinned !== undefined };
  };
  const server = http.createServer((request, response) => {
    void decide(request).then(({ model, isPinned }) => {
      const says = bug === "says-always" || (isPinned && bug !== "says-nothing");
      response.setHeader(bug === "other-header" ? "x-model" : "x-litellm-model-name", model);
      response.setHeader("x-litellm-complexity-router-cause", says ? "session_affinity_pin" : "heuristic_scorer");
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ model: "smart-router", choices: [{ message: { role: "assistant", content: "ok" } }] }));
    });
  });
  return await listening(server);
}

describe("a gateway other than Plano", function () {
  this.timeout(60_000);
  let redis: StartedRedis;
  let client: Redis;
  before(async () => {
    redis = await startRedis();
    client = new Redis(redis.url);
  });
  after(async () => {
    client?.disconnect();
    await redis?.[Symbol.asyncDispose]();
  });

  async function verifyProxies(bug?: Bug, options: Partial<VerifyOptions> = {}): Promise<Report> {
    await using a = await startProxy(client, bug, options.ttlSeconds);
    await using b = await startProxy(client, bug, options.ttlSeconds);
    const replicas = [a, b].map(({ url }, i) => ({ name: "ab"[i] ?? "", url }));
    const target = { kind: "replicas", replicas, redisUrl: redis.url } as const;
    const checks = ["control", "pinning", "redis", "race"];
    const own = { contract: contracts.litellm, model: "smart-router", prompts, timeoutSeconds: 5, checks, target };
    return await verify({ ...defaultOptions, ...own, ...options });
  }

  it("passes under its contract, and the report has what its pins say", async () => {
    const report = await verifyProxies();
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    assert.match(said(report, "redis"), /^pass: 4 of 4 pins: each names the model served, ends within 600 s and lives on with/);
    const { contract, valueField } = checkOf(report, "redis").evidence;
    assert.deepEqual([contract, valueField], ["litellm", "model"]);
    assert.deepEqual([...new Set(report.sessions.map(({ model }) => model))].sort(), ["large", "small"]);
    assert.equal(report.sessions[0]?.route, "SIMPLE");
  });

  const bugs: readonly [bug: Bug, check: string, said: RegExp][] = [
    [
      "memory-first",
      "race",
      /^fail: \S+: replicas disagree: a answered (large|small) and b (large|small), [\d.]+ ms after the pin had settled/,
    ],
    ["text", "redis", /^fail: the value of key complexity_router_session_affinity:v1:smart-router:unscoped:\S+ names no model/],
    ["fixed-life", "redis", /^unknown: no pin's life was seen to begin anew, as --contract litellm has it: take more rounds$/],
    [
      "other-header",
      "control",
      /^unknown: replica [ab] did not answer: the answer names no model in its header x-litellm-model-name/,
    ],
    [
      "says-nothing",
      "pinning",
      /^fail: \S+: [ab] does not say in its answer that a pin was used in round 2, although it answered/,
    ],
    ["says-always", "pinning", /^fail: \S+: [ab] says in its answer that a pin was used in round 1, before there was one/],
  ];
  for (const [bug, check, message] of bugs) {
    it(`is caught in ${check} with the bug ${bug}`, async () => {
      const report = await verifyProxies(bug);
      assert.match(said(report, check), message);
      assert.notEqual(report.verdict, "pass");
    });
  }

  it("keeps a session for longer than a life in expiry, as reads prolong it, and fails there where they do not", async () => {
    const options = { checks: ["expiry"], ttlSeconds: 5 };
    const [kept, lost] = await Promise.all([verifyProxies(undefined, options), verifyProxies("fixed-life", options)]);
    assert.match(
      said(kept, "expiry"),
      /^pass: 4 sessions kept their model .* for 6\.5 s of use, were routed anew after 5 s without/,
    );
    assert.match(said(lost, "expiry"), /^fail: \S+: .*answered \S+ .* after the pin had settled/);
  });

  it("may keep pins as texts or as fields of a hash, where its contract says so", async () => {
    for (const [bug, terms] of [
      ["text", { format: "text", modelField: undefined, routeField: undefined }],
      ["fields", { format: "hash" }],
    ] as const) {
      const contract = { ...contracts.litellm, redis: { ...contracts.litellm.redis, ...terms } };
      const report = await verifyProxies(bug, { contract });
      assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    }
  });

  it("leaves checks unknown that were asked for by name, and that its contract has no means for", async () => {
    const checks = ["control", "redis", "traces"];
    const contract = { name: "own", sessionHeader: "x-litellm-session-id", servedModel: contracts.litellm.servedModel };
    const report = await verifyProxies(undefined, { contract, checks });
    assert.equal(report.verdict, "unknown");
    assert.equal(said(report, "redis"), "unknown: the contract own says nothing of redis");
    assert.equal(said(report, "traces"), "unknown: the contract own says nothing of traces");
  });

  it("is proved by the README's command", async () => {
    await using a = await startProxy(client);
    await using b = await startProxy(client);
    await using shell = new ReadersShell(join(__dirname, "../../.."), readersEnvironment());
    const command = readmeCommand(
      "npm run verify -- --replica a=http://10.0.0.1:4000 --replica b=http://10.0.0.2:4000 --contract litellm",
      { "http://10.0.0.1:4000": a.url, "http://10.0.0.2:4000": b.url },
    );
    const { code, output } = await shell.run(command);
    assert.equal(code, 0, output);
    assert.match(output, /│ pinning\s+│ pass\s/);
  });

  describe("on the command line", () => {
    /** Verifies two proxies with this contract, as text of a file or by name. */
    async function run(contract: { readonly file: string } | { readonly name: string }, more: readonly string[] = []) {
      await using folder = await temporaryFolder("contract-");
      const path = join(folder.path, "gateway.yaml");
      if ("file" in contract) await writeFile(path, contract.file);
      await using a = await startProxy(client);
      await using b = await startProxy(client);
      const target = ["--replica", `a=${a.url}`, "--replica", `b=${b.url}`, "--redis-url", redis.url];
      const named = ["--contract", "name" in contract ? contract.name : path];
      const args = [...target, ...named, "--prompts", "test/integration/verify/prompts.txt", "--quiet", ...more];
      return await startCli(args).ended;
    }

    const file = `
      sessionHeader: x-litellm-session-id
      requestModel: smart-router
      servedModel: { header: x-litellm-model-name }
      redis: { key: '${keyOf("{session}")}', format: json, modelField: model, sliding: true, ttlSeconds: 600 }`;

    for (const [what, contract] of [
      ["in a file", { file }],
      ["by its name", { name: "litellm" }],
    ] as const) {
      it(`passes with its contract ${what}, and says which checks are left out`, async () => {
        const { code, stdout, stderr } = await run(contract);
        assert.deepEqual([code, stderr], [0, ""]);
        assert.match(stdout, /^Affinity: pass/m);
        assert.match(stdout, /^Left out: traces, of which the contract \S+ says nothing\.$/m);
      });
    }

    it("names the life that its contract gives to pins, unless --ttl does", async () => {
      const short = { file: file.replace("ttlSeconds: 600", "ttlSeconds: 60") };
      const { code, stdout } = await run(short);
      assert.equal(code, 1);
      assert.match(stdout, /has a TTL of (599|600) s, longer than the 60 s expected \(--ttl\)/);
      assert.equal((await run(short, ["--ttl", "600"])).code, 0);
    });

    it("exits with 3 for a contract that is none, and beside --pin, with all that is wrong", async () => {
      const bad = file.replace("{session}", "{id}").replace("requestModel", "model");
      const { code, stdout, stderr } = await run({ file: bad }, ["--sessions", "0"]);
      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(stderr, /^--contract \S+: model: [^\n]*\n--contract \S+: redis\.key: [^\n]*\n--sessions: 0 [^\n]*\n$/);
      const both = await run({ name: "litellm" }, ["--pin", "anchored"]);
      assert.equal(both.code, 3);
      assert.match(both.stderr, /^arguments: option '--contract <name\|file>' cannot be used with option '--pin <kind>'/);
    });
  });
});
