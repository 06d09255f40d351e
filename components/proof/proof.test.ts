import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { FakeApiServer } from "../../lib/kubernetes/testing/fake-api-server";
import { Scratch } from "../../lib/testing/scratch";
import type { Report } from "../../verify";
import { checkOf, reportOf, sessionOf, waterfallsOf } from "../../verify/testing/sample-reports";
import { knownValue } from "../outputs";
import { mockEngine, valueOf } from "../testing/pulumi-mocks";
import { Proof, type ProofArgs } from "./proof";
import { type DeploymentState, type ProofTools, rolloutObstacle, verifyOptions } from "./prove-stack";

const settings = { enabled: true, sessions: 2, rounds: 3, checks: ["control", "pinning"] };
const rolledOut: DeploymentState = { spec: { replicas: 2 }, status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2 } };
const path = "/apis/apps/v1/namespaces/demo/deployments/plano";
const podsPath = "/api/v1/namespaces/demo/pods";
const subject = {
  kubeconfig: "apiVersion: v1",
  namespace: "demo",
  deployment: "plano",
  minReplicas: 2,
  maxReplicas: 5,
  sessionTtlSeconds: 300,
  redisPassword: "hush",
  isStandin: true,
};
const passed = reportOf({
  replicas: ["plano-a", "plano-b"].map((name) => ({ name, url: `http://${name}` })),
  checks: [checkOf("pinning", "pass", "all held")],
  sessions: [sessionOf("s-001", "pass", "plano-a gpt-5.2; plano-b gpt-5.2")],
});

describe("Proof", () => {
  let fake: FakeApiServer;
  beforeEach(async () => {
    await mockEngine();
    fake = await FakeApiServer.start();
    fake.answers.set(path, rolledOut);
    fake.answers.set(podsPath, { items: [] });
  });
  afterEach(() => fake[Symbol.asyncDispose]());

  /** A proof's output, and what it said: the tables it passed with and the messages with which it failed the update. */
  async function run(
    report: Report | (() => Promise<Report>) = passed,
    changed: Partial<Pick<ProofArgs, "settings" | "page">> & {
      readonly subject?: object;
      readonly ready?: readonly pulumi.Input<unknown>[];
      readonly tools?: Partial<ProofTools>;
    } = {},
  ) {
    const passes: string[] = [];
    const failures: string[] = [];
    const tools: ProofTools = {
      verify: async () => (typeof report === "function" ? report() : report),
      rolloutLimitMs: 60_000,
      progress: () => undefined,
      passed: (table) => void passes.push(table),
      notPassed: (message) => void failures.push(message),
      ...changed.tools,
    };
    const proof = new Proof("proof", {
      settings,
      ...changed,
      stack: {
        subject: { ...subject, kubeconfig: pulumi.secret(fake.kubeconfig()), ...changed.subject },
        ready: changed.ready ?? [],
      },
      tools,
    });
    return { affinity: await valueOf(proof.affinity), passes, failures, proof };
  }

  it("shows the table of a pass, and puts the verdict and what it rests on into the output, which is no secret", async () => {
    const { affinity, passes, failures, proof } = await run();
    assert.deepEqual([failures.length, passes.length], [0, 1]);
    assert.match(passes[0] ?? "", /^The gateway is the stand-in for Plano, not Plano itself\.\n.*s-001.*Affinity: pass/s);
    assert.deepEqual(affinity, {
      verdict: "pass",
      reason: null,
      gateway: "standin",
      replicas: ["plano-a", "plano-b"],
      sessions: [{ id: "s-001", verdict: "pass", model: "gpt-5.2", replicas: ["plano-a", "plano-b"] }],
      checks: [{ id: "pinning", verdict: "pass", summary: "all held" }],
    });
    assert.match(await valueOf(proof.urn), /plano-affinity:index:Proof::proof$/);
    assert.equal(await pulumi.isSecret(proof.affinity), false);
  });

  it("lists twenty sessions in the output, those first that did not pass", async () => {
    const sessions = Array.from({ length: 30 }, (_, i) => sessionOf(`s-${i}`, i === 29 ? "fail" : "pass", "plano-a gpt-5.2"));
    const { affinity } = await run({ ...passed, verdict: "fail", reason: "one changed", sessions });
    const ids = affinity.sessions.map(({ id }) => id);
    assert.deepEqual([ids.length, ...ids.slice(0, 2)], [20, "s-29", "s-0"]);
  });

  it("keeps the report as a page, says where, and names two traces; no page is no failure", async () => {
    await using scratch = await Scratch.make();
    const [first, later] = waterfallsOf("s-001") as readonly { readonly traceId: string }[];
    const checks = [...passed.checks, checkOf("traces", "pass", "told", { waterfalls: waterfallsOf("s-001") })];
    const page = join(scratch.folder, "reports", "dev", "proof.html");
    const { affinity, passes } = await run({ ...passed, checks }, { page });
    assert.match(await readFile(page, "utf8"), /^<!doctype html>[^]*<title>Affinity: pass[^]*was not routed/);
    assert.match(passes[0] ?? "", /\nReport {3}\S*reports\/dev\/proof\.html$/);
    assert.deepEqual(affinity.traces, { first: first?.traceId, later: later?.traceId });
    const nowhere = await run(passed, { page: join(page, "no-folder", "proof.html") });
    assert.match(nowhere.passes[0] ?? "", /\nThe report is not kept: (ENOTDIR|EEXIST): /);
    assert.deepEqual([nowhere.affinity.verdict, nowhere.failures], ["pass", []]);
  });

  for (const verdict of ["fail", "unknown"] as const) {
    it(`fails the update with the table when the verdict is ${verdict}, and says so in the output`, async () => {
      const { affinity, failures } = await run({ ...passed, verdict, reason: "session s-001 changed its model" });
      assert.equal(failures.length, 1);
      const [message = ""] = failures;
      assert.ok(message.startsWith(`the affinity proof's verdict is ${verdict}: session s-001 changed its model\n`), message);
      assert.match(message, /The gateway is the stand-in for Plano, not Plano itself\..*plano-a.*s-001/s);
      assert.deepEqual([affinity.verdict, affinity.reason], [verdict, "session s-001 changed its model"]);
    });
  }

  it("says what to do where only the cluster reaches an external Redis", async () => {
    const checks = [checkOf("redis", "unknown", "Redis cannot be reached")];
    const unread = { ...passed, verdict: "unknown", reason: "Redis cannot be reached", checks } as const;
    const external = await run(unread, { subject: { redisUrl: "redis://cache" } });
    const remedy = /Redis cannot be reached\n {2}→ where only the cluster .*proof\.checks.*--in-cluster\n/;
    assert.match(external.failures[0] ?? "", remedy);
    assert.doesNotMatch((await run(unread)).failures[0] ?? "", /where only the cluster/);
  });

  const unanswered = /→ the gateway has no whole answer from OpenAI \(https:\/\/status\.openai\.com\): run pulumi up later/;
  for (const [answer, remedy] of [
    [
      "HTTP 502: the upstream of openai/gpt-4o-mini cannot be reached: UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      /→ the gateway does not trust the certificate .*pulumi config set caBundle <file>/,
    ],
    ["HTTP 401: Incorrect API key", /→ OpenAI refuses the key of OPENAI_API_KEY: pulumi config set --secret OPENAI_API_KEY/],
    ["HTTP 429: Rate limit reached; try again in 20 s", /→ OpenAI limits this key's requests, or its quota is used up/],
    ["the answer was cut off", unanswered],
    ["the answer is empty", unanswered],
  ] as const)
    it(`says what to do when OpenAI answers ${answer}, and nothing of OpenAI when the stub does`, async () => {
      const reason = `control: replica a did not answer: ${answer}`;
      const unknown = { ...passed, verdict: "unknown", reason } as const;
      assert.match((await run(unknown, { subject: { upstream: "openai" } })).failures[0] ?? "", remedy);
      assert.doesNotMatch((await run(unknown, { subject: { upstream: "stub" } })).failures[0] ?? "", /OpenAI/);
      const own =
        (await run(unknown, { subject: { upstream: "openai", gatewayConfig: { version: "v0.4.0" } } })).failures[0] ?? "";
      assert.match(own, /\n {2}→ .*the provider|\n {2}→ the gateway does not trust/);
      assert.doesNotMatch(own, /OpenAI|OPENAI/);
    });

  it("says what an anchored session depends on, beside the verdict, and nothing of a stand-in when the gateway is Plano", async () => {
    const { passes, affinity } = await run(passed, { subject: { isStandin: false, pin: "anchored", unexamined: "New." } });
    assert.match(
      passes[0] ?? "",
      /^New\.\nThis release of Plano routes every request.*price list, and Redis answers: .*\n.*Affinity: pass/s,
    );
    assert.doesNotMatch(passes[0] ?? "", /stand-in/);
    assert.equal(affinity.gateway, "plano");
  });

  it("waits for the autoscaler to reach its minimum", async () => {
    fake.answers.set(path, () => {
      fake.answers.set(path, rolledOut);
      return { ...rolledOut, spec: { replicas: 1 } };
    });
    const phases: string[] = [];
    const { affinity } = await run(passed, { tools: { progress: (phase) => void phases.push(phase) } });
    assert.equal(affinity.verdict, "pass");
    assert.deepEqual(phases, ["waiting for 2 to 5 replicas"]);
    assert.equal(fake.requests.filter((it) => it === `GET ${path}`).length, 2);
  });

  it("waits for the stack's pods, whatever the Deployment still says of them; those that end or ended do not count", async () => {
    const pod = (ready: string, metadata: object = {}, phase = "Running") => ({
      metadata: { name: "jaeger-a", ...metadata },
      status: { phase, conditions: [{ type: "Ready", status: ready }] },
    });
    const others = [pod("False", { deletionTimestamp: "2026-11-29T12:00:00Z" }), pod("False", {}, "Succeeded")];
    const asked: (string | null)[] = [];
    fake.answers.set(podsPath, ({ query }) => {
      asked.push(query.get("labelSelector"));
      return { items: [pod(asked.length > 2 ? "True" : "False"), ...others] };
    });
    assert.equal((await run()).affinity.verdict, "pass");
    assert.deepEqual(asked, Array(3).fill("app.kubernetes.io/part-of=plano-affinity,app.kubernetes.io/managed-by=pulumi"));
    fake.answers.set(podsPath, { items: [pod("False")] });
    const { affinity } = await run(passed, { tools: { rolloutLimitMs: 2_000 } });
    assert.match(affinity.reason ?? "", /^Deployment plano: not there after 2 s \(last seen: pod jaeger-a is not ready\)$/);
  });

  it("is unknown when the replicas are not ready in time, naming what was last seen", async () => {
    fake.answers.set(path, { ...rolledOut, spec: { replicas: 1 } });
    const { affinity, failures } = await run(passed, { tools: { rolloutLimitMs: 2_000 } });
    const reason =
      "Deployment plano: not there after 2 s (last seen: the autoscaler asks for 1 of 2 to 5 replicas; 2 are there, 2 new, 2 ready)";
    assert.deepEqual(failures, [`the affinity proof's verdict is unknown: ${reason}`]);
    assert.deepEqual(affinity, { verdict: "unknown", reason, gateway: "standin", replicas: [], sessions: [], checks: [] });
  });

  it("is unknown when the API server says nothing, and asks it no longer", async function () {
    // Under the limit of the API's client.
    this.timeout(9_000);
    const closed: Promise<unknown>[] = [];
    fake.respond = ({ response }) => (closed.push(once(response, "close")), "hang");
    const { affinity } = await run(passed, { tools: { rolloutLimitMs: 2_000 } });
    assert.equal(affinity.reason, "Deployment plano: not there after 2 s (last seen: nothing yet)");
    assert.equal((await Promise.all(closed)).length, 1);
  });

  it("is unknown at once when somebody has scaled the gateway to nothing, and says what to do", async () => {
    fake.answers.set(path, { ...rolledOut, spec: { replicas: 0 } });
    const { failures } = await run(passed, { tools: { rolloutLimitMs: 60_000 } });
    assert.deepEqual(failures, [
      "the affinity proof's verdict is unknown: Deployment plano is scaled to 0, which also switches its autoscaler off\n" +
        "  → kubectl --namespace demo scale deployment plano --replicas=1; the autoscaler adds the rest",
    ]);
    assert.equal(fake.requests.length, 1);
  });

  it("is unknown when the verifier itself breaks", async () => {
    const { affinity, failures } = await run(() => Promise.reject(new Error("no route to host")));
    assert.deepEqual(failures, ["the affinity proof's verdict is unknown: no route to host"]);
    assert.equal(affinity.verdict, "unknown");
  });

  it("says that nothing was proved when it is switched off, and fails nothing", async () => {
    const { affinity, failures } = await run(passed, { settings: { ...settings, enabled: false } });
    assert.deepEqual(failures, []);
    assert.equal(affinity.reason, "the proof is switched off (proof.enabled is false)");
    assert.equal(affinity.verdict, "unknown");
  });

  it("waits for everything it is told to wait for", async () => {
    const order: string[] = [];
    let ready: (value: string) => void = () => undefined;
    const service = pulumi.output(new Promise<string>((resolve) => (ready = resolve)));
    const done = run(async () => (order.push("verified"), passed), { ready: [service] });
    await new Promise(setImmediate);
    order.push("ready");
    ready("jaeger");
    await done;
    assert.deepEqual(order, ["ready", "verified"]);
  });

  it("asks nobody in a preview", async () => {
    await mockEngine({ preview: true });
    const tools = { verify: () => assert.fail("asked") };
    const proof = new Proof("proof", { stack: { subject, ready: [] }, settings, tools });
    await valueOf(proof.urn);
    assert.equal(await knownValue(proof.affinity), undefined);
  });
});

describe("the proof's questions", () => {
  it("go to the stack's own Redis, with its TTL and checks", () => {
    const { target, sessions, rounds, checks, ttlSeconds, pin, tenant } = verifyOptions(subject, settings);
    assert.ok(target.kind === "kubernetes");
    assert.deepEqual(target.redis, { selector: "app=redis", password: "hush" });
    assert.deepEqual({ enabled: true, sessions, rounds, checks }, settings);
    assert.deepEqual([ttlSeconds, pin, tenant], [300, "fixed", undefined]);
    assert.equal(verifyOptions({ ...subject, pin: "anchored" }, settings).pin, "anchored");
  });

  it("go to an external Redis, and name a tenant where there are tenants", () => {
    const options = verifyOptions({ ...subject, redisUrl: "rediss://r", caBundle: "PEM", tenantHeader: "x-tenant" }, settings);
    assert.ok(options.target.kind === "kubernetes");
    assert.deepEqual([options.target.redis, options.redisCa], [{ url: "rediss://r" }, "PEM"]);
    assert.deepEqual(options.tenant, { name: "x-tenant", value: "plano-affinity-proof" });
  });
});

describe("a rollout", () => {
  const done = { ...rolledOut, metadata: { generation: 3 }, status: { ...rolledOut.status, observedGeneration: 3 } };
  const status = (changed: object): DeploymentState => ({ ...done, status: { ...done.status, ...changed } });
  const late = { ...done, metadata: { generation: 4 } };
  /** Its figures are those asked for, there, new and ready. */
  const cases: readonly (readonly [when: string, DeploymentState, min: number, max: number, figures?: string, more?: string])[] =
    [
      ["as many replicas as asked for are new and ready", done, 2, 5],
      ["they are the most that may be", done, 1, 2],
      ["its last change is not seen", late, 2, 5, "2222", ", of a version before the last change"],
      ["the autoscaler has not raised it", done, 3, 5, "2222"],
      ["it has not lowered it", done, 1, 1, "2222"],
      ["old replicas are counted", status({ updatedReplicas: 1 }), 2, 5, "2212"],
      ["old replicas still run", status({ replicas: 3 }), 2, 5, "2322"],
      ["one is not ready", status({ readyReplicas: 1 }), 2, 5, "2221"],
      ["nothing is known", {}, 2, 5, "0000"],
    ];
  for (const [when, state, minReplicas, maxReplicas, figures, more = ""] of cases)
    it(`is ${figures === undefined ? "" : "not "}done when ${when}`, () => {
      const [asked, there, fresh, ready] = figures ?? "";
      const wanted = `the autoscaler asks for ${asked} of ${minReplicas} to ${maxReplicas} replicas`;
      const obstacle = figures && `${wanted}; ${there} are there, ${fresh} new, ${ready} ready${more}`;
      assert.equal(rolloutObstacle(state, { minReplicas, maxReplicas }), obstacle);
    });
});
