import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import http from "node:http";
import { listening } from "../../../lib/testing/listening";
import { defaultOptions, type Contract, type Report, type VerifyOptions } from "../../../verify";
import { verify } from "./report-schema";
import { checks } from "../../../verify/checks";
import type { RunContext } from "../../../verify/run/context";
import { said } from "./trial-gateways";

const contract: Contract = { name: "by-session", sessionHeader: "x-session-id", routing: "session" };
const workers = ["w0", "w1", "w2"] as const;

/** How a gateway comes by a session's worker. Each replica has one of its own, but for what it is given as `shared`. */
type Policy = (shared: Map<string, string>) => (session: string) => string | Promise<string>;

const hash = (text: string): number => createHash("md5").update(text).digest().readUInt32BE();

/** The worker with the fewest sessions in `memory`; where several have, a hash of the session decides, as in vllm-router. */
const leastLoaded = (memory: ReadonlyMap<string, string>, session: string): string => {
  const load = (worker: string): number => [...memory.values()].filter((it) => it === worker).length;
  return [...workers].sort((a, b) => load(a) - load(b) || hash(session + a) - hash(session + b))[0] as string;
};

/** Keeps what `choose` gives a session for the first time. */
const keeping = (memory: Map<string, string>, choose: (session: string) => string) => (session: string) => {
  const worker = memory.get(session) ?? choose(session);
  memory.set(session, worker);
  return worker;
};

const random = (): string => workers[Math.floor(Math.random() * workers.length)] as string;

const policies = {
  hash: () => (session) => workers[hash(session) % workers.length] as string,
  shared: (shared) => keeping(shared, random),
  /** Two requests at once may both find nothing; the last to write wins. */
  racing: (shared) => async (session) => {
    const found = shared.get(session);
    const chosen = found ?? random();
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (found === undefined) shared.set(session, chosen);
    return chosen;
  },
  "memory-first": (shared) => {
    const own = new Map<string, string>();
    return async (session) => {
      const found = own.get(session) ?? shared.get(session);
      const chosen = found ?? random();
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (found === undefined) shared.set(session, chosen);
      own.set(session, chosen);
      return chosen;
    };
  },
  memory: () => {
    const memory = new Map<string, string>();
    return keeping(memory, (session) => leastLoaded(memory, session));
  },
  random: () => random,
  "one worker": () => () => "w0",
} satisfies Record<string, Policy>;

async function verifyGateways(policy: keyof typeof policies, overrides: Partial<VerifyOptions> = {}): Promise<Report> {
  const shared = new Map<string, string>();
  const start = () => {
    const workerOf = policies[policy](shared);
    const server = http.createServer((request, response) => {
      void Promise.resolve(workerOf(String(request.headers["x-session-id"]))).then((model) => {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ model, choices: [{ message: { role: "assistant", content: "ok" } }] }));
      });
    });
    return listening(server);
  };
  await using a = await start();
  await using b = await start();
  const replicas = [a, b].map(({ url }, i) => ({ name: "ab"[i] ?? "", url }));
  const target = { kind: "replicas", replicas } as const;
  const checks = ["control", "pinning", "race"];
  return await verify({ ...defaultOptions, contract, timeoutSeconds: 5, checks, target, ...overrides });
}

const pinned = /^fail: \S+: [ab] answered w\d in round \d, although [ab] had answered w\d in round 1/;

describe("a gateway that routes by session", function () {
  this.timeout(60_000);

  for (const policy of ["hash", "shared", "racing"] as const) {
    it(`passes with the policy ${policy}, and the report says the odds`, async () => {
      const report = await verifyGateways(policy);
      assert.deepEqual([report.verdict, report.reason], ["pass", null]);
      assert.match(
        said(report, "control"),
        /^pass: 64 sessions, each of one replica's own, were sent to 3 targets \(w0 \d+×, w1 \d+×, w2 \d+×\)$/,
      );
      const shared = report.sessions.filter(({ id }) => !id.includes("race"));
      assert.ok(shared.length > defaultOptions.sessions && shared.length < 60, String(shared.length));
      assert.match(
        said(report, "pinning"),
        /^pass: (\d+) of \1 sessions kept .*; without shared affinity they would by luck in less than 1 of [1-9],000,000 runs$/,
      );
    });
  }

  for (const concurrency of [1, 16]) {
    it(`fails where replicas remember sessions each for itself, ${concurrency} at a time, and every time`, async () => {
      const options = { concurrency, checks: ["control", "pinning"] };
      for (let i = 0; i < 10; i++) assert.match(said(await verifyGateways("memory", options), "pinning"), pinned);
    });
  }

  const others: readonly [policy: keyof typeof policies, check: string, said: RegExp, options?: Partial<VerifyOptions>][] = [
    ["random", "pinning", pinned],
    [
      "memory-first",
      "race",
      /^fail: \S+: replicas disagree: [ab] answered w\d and [ab] w\d, .* after the pin had settled/,
      { sessions: 24 },
    ],
    ["one worker", "control", /^unknown: all 32 sessions of replica a got w0, so any affinity would look right$/],
    [
      "hash",
      "expiry",
      /^unknown: the contract by-session routes by session: no prompt asks for another model$/,
      { checks: ["expiry"] },
    ],
  ];
  for (const [policy, check, message, options] of others) {
    it(`is judged by ${check} with the policy ${policy}: ${/\w+/.exec(message.source)?.[0]}`, async () => {
      const report = await verifyGateways(policy, options);
      assert.match(said(report, check), message);
      assert.notEqual(report.verdict, "pass");
    });
  }

  it("is not disturbed: no prompt would tell whether a session was routed anew", async () => {
    const run: Pick<RunContext, "options"> = { options: { ...defaultOptions, contract } };
    const disruptive = checks.filter(({ id }) => id === "scale" || id === "faults");
    assert.equal(disruptive.length, 2);
    for (const check of disruptive)
      await assert.rejects(check.begin(run as RunContext), {
        name: "Unmeasurable",
        message: /^the contract by-session routes by session: no prompt/,
      });
  });
});
