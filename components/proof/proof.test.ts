import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { type Affinity, Proof, type ProofArgs, type ProofVoice } from "./proof";
import {
  type DeploymentState,
  type ProofTools,
  proveStack,
  type ReplicaBounds,
  rolloutObstacle,
  verifyOptions,
} from "../prove-stack";
import { knownValue } from "../unknown-value";
import type { Report } from "../../verify";
import { mockEngine, valueOf } from "../testing/pulumi-mocks";

const subject = {
  kubeconfig: "apiVersion: v1",
  namespace: "demo",
  deployment: "plano",
  minReplicas: 2,
  maxReplicas: 5,
  sessionTtlSeconds: 300,
  redisPassword: "hush",
};
const settings = { enabled: true, sessions: 2, rounds: 3, checks: ["control", "pinning"] };
const rolledOut: DeploymentState = { spec: { replicas: 2 }, status: { replicas: 2, updatedReplicas: 2, readyReplicas: 2 } };

const passed: Report = {
  schema: "plano-affinity/report/v1",
  verdict: "pass",
  reason: null,
  startedAt: "2026-01-01T00:00:00.000Z",
  durationMs: 5,
  target: "namespace demo",
  replicas: [
    { name: "plano-a", url: "http://a" },
    { name: "plano-b", url: "http://b" },
  ],
  checks: [{ id: "pinning", verdict: "pass", summary: "all held", durationMs: 5, evidence: {} }],
  sessions: [
    {
      id: "s-001",
      verdict: "pass",
      model: "gpt-5.2",
      route: null,
      models: ["gpt-5.2", "gpt-5.2"],
      replicas: ["plano-a", "plano-b"],
      ttlSeconds: 300,
    },
  ],
  requests: { total: 4, failed: 0, p50Ms: 1, p99Ms: 2 },
};

function tools(report: Report, deployment: DeploymentState = rolledOut): ProofTools {
  return { verify: async () => report, readDeployment: async () => deployment, rolloutLimitMs: 0 };
}

describe("Proof", () => {
  /** A proof's output, and what it said: the tables it passed with and the messages with which it failed the update. */
  interface Outcome {
    readonly affinity: Affinity;
    readonly passes: readonly string[];
    readonly failures: readonly string[];
    readonly proof: Proof;
  }

  async function run(changed: Partial<ProofArgs>): Promise<Outcome> {
    const passes: string[] = [];
    const failures: string[] = [];
    const voice: ProofVoice = {
      progress: () => undefined,
      passed: (table) => void passes.push(table),
      notPassed: (message) => void failures.push(message),
    };
    const proof = new Proof("proof", { subject, settings, isStandin: true, after: [], tools: tools(passed), voice, ...changed });
    return { affinity: await valueOf(proof.affinity), passes, failures, proof };
  }

  beforeEach(() => mockEngine());

  it("shows the table of a pass, and puts the verdict and what it rests on into the output", async () => {
    const { affinity, passes, failures } = await run({});
    assert.deepEqual(failures, []);
    assert.equal(passes.length, 1);
    assert.match(passes[0] ?? "", /^The gateway is the stand-in for Plano, not Plano itself\.\n.*s-001.*Affinity: pass/s);
    assert.deepEqual(affinity, {
      verdict: "pass",
      reason: null,
      gateway: "standin",
      replicas: ["plano-a", "plano-b"],
      sessions: [{ id: "s-001", verdict: "pass", model: "gpt-5.2", replicas: ["plano-a", "plano-b"] }],
      checks: [{ id: "pinning", verdict: "pass", summary: "all held" }],
    });
  });

  it("has a type of its own, and an output that is no secret although its inputs are", async () => {
    const { proof } = await run({ subject: { ...subject, kubeconfig: pulumi.secret("apiVersion: v1") } });
    assert.match(await valueOf(proof.urn), /plano-affinity:index:Proof::proof$/);
    assert.equal(await pulumi.isSecret(proof.affinity), false);
  });

  for (const verdict of ["fail", "unknown"] as const) {
    it(`fails the update with the table when the verdict is ${verdict}, and says so in the output`, async () => {
      const report = { ...passed, verdict, reason: "session s-001 changed its model" };
      const { affinity, failures } = await run({ tools: tools(report) });
      assert.equal(failures.length, 1);
      const [message = ""] = failures;
      assert.ok(message.startsWith(`the affinity proof's verdict is ${verdict}: session s-001 changed its model\n`), message);
      assert.match(message, /The gateway is the stand-in for Plano, not Plano itself\./);
      assert.match(message, /s-001.*plano-a/s);
      assert.equal(affinity.verdict, verdict);
      assert.equal(affinity.reason, "session s-001 changed its model");
    });
  }

  it("says what to do where only the cluster reaches an external Redis", async () => {
    const redis = { ...passed.checks[0], id: "redis", verdict: "unknown" } as Report["checks"][number];
    const unread = { ...passed, verdict: "unknown", reason: "Redis cannot be reached", checks: [redis] } as const;
    const external = await run({ subject: { ...subject, redisUrl: "redis://cache" }, tools: tools(unread) });
    assert.match(
      external.failures[0] ?? "",
      /Redis cannot be reached\n {2}→ where only the cluster .*proof\.checks.*--in-cluster\n/,
    );
    const own = await run({ tools: tools(unread) });
    assert.doesNotMatch(own.failures[0] ?? "", /where only the cluster/);
  });

  it("says what an anchored session depends on, beside the verdict", async () => {
    const { passes } = await run({ isStandin: false, subject: { ...subject, pin: "anchored" } });
    assert.match(passes[0] ?? "", /^This release of Plano routes every request.*price list\.\n.*Affinity: pass/s);
  });

  it("does not speak of a stand-in when the gateway is Plano", async () => {
    const { failures, affinity } = await run({ isStandin: false, tools: tools({ ...passed, verdict: "fail", reason: "x" }) });
    assert.doesNotMatch(failures[0] ?? "", /stand-in/);
    assert.equal(affinity.gateway, "plano");
  });

  it("is unknown when the replicas are not ready in time, naming what was last seen", async () => {
    const { affinity, failures } = await run({ tools: tools(passed, { ...rolledOut, spec: { replicas: 1 } }) });
    const reason = "Deployment plano: not there after 0 s (last seen: the autoscaler asks for 1 of at least 2 replicas)";
    assert.deepEqual(failures, [`the affinity proof's verdict is unknown: ${reason}`]);
    assert.deepEqual(affinity, { verdict: "unknown", reason, gateway: "standin", replicas: [], sessions: [], checks: [] });
  });

  it("is unknown when the verifier itself breaks", async () => {
    const broken = { ...tools(passed), verify: () => Promise.reject(new Error("no route to host")) };
    const { affinity, failures } = await run({ tools: broken });
    assert.deepEqual(failures, ["the affinity proof's verdict is unknown: no route to host"]);
    assert.equal(affinity.verdict, "unknown");
  });

  it("says that nothing was proved when it is switched off, and fails nothing", async () => {
    const { affinity, failures } = await run({ settings: { ...settings, enabled: false } });
    assert.deepEqual(failures, []);
    assert.equal(affinity.reason, "the proof is switched off (proof.enabled is false)");
    assert.equal(affinity.verdict, "unknown");
  });

  it("waits for everything it is told to wait for", async () => {
    const order: string[] = [];
    let ready: (value: string) => void = () => undefined;
    const service = pulumi.output(new Promise<string>((resolve) => (ready = resolve)));
    const verify = async () => (order.push("verified"), passed);
    const done = run({ after: [service], tools: { ...tools(passed), verify } });
    await new Promise(setImmediate);
    order.push("ready");
    ready("jaeger");
    await done;
    assert.deepEqual(order, ["ready", "verified"]);
  });

  it("asks nobody in a preview", async () => {
    await mockEngine({ preview: true });
    let asked = 0;
    const verify = async () => (asked++, passed);
    const proof = new Proof("proof", { subject, settings, isStandin: true, after: [], tools: { ...tools(passed), verify } });
    await valueOf(proof.urn);
    assert.equal(await knownValue(proof.affinity), undefined);
    assert.equal(asked, 0);
  });
});

describe("the proof's questions", () => {
  it("go to the pods of the stack with its own Redis, TTL and checks", () => {
    const options = verifyOptions(subject, settings);
    assert.deepEqual(options.target, {
      kind: "kubernetes",
      kubeconfig: "apiVersion: v1",
      namespace: "demo",
      selector: "app=plano",
      redis: { selector: "app=redis", password: "hush" },
      jaeger: { selector: "app=jaeger" },
    });
    assert.equal(options.sessions, 2);
    assert.equal(options.rounds, 3);
    assert.deepEqual(options.checks, ["control", "pinning"]);
    assert.equal(options.ttlSeconds, 300);
    assert.equal(options.pin, "fixed");
    assert.equal(verifyOptions({ ...subject, pin: "anchored" }, settings).pin, "anchored");
    assert.equal(options.tenant, undefined);
  });

  it("go to an external Redis, and name a tenant where there are tenants", () => {
    const options = verifyOptions({ ...subject, redisUrl: "rediss://r", tenantHeader: "x-tenant" }, settings);
    assert.ok(options.target.kind === "kubernetes");
    assert.deepEqual(options.target.redis, { url: "rediss://r" });
    assert.deepEqual(options.tenant, { name: "x-tenant", value: "plano-affinity-proof" });
  });

  it("wait for the autoscaler to reach its minimum", async () => {
    const states: DeploymentState[] = [{ ...rolledOut, spec: { replicas: 1 } }, rolledOut];
    const phases: string[] = [];
    const readDeployment = async () => states.shift() ?? assert.fail("asked once too often");
    await proveStack(
      subject,
      settings,
      { ...tools(passed), readDeployment, rolloutLimitMs: 2_000 },
      (phase) => void phases.push(phase),
    );
    assert.deepEqual(phases, ["waiting for 2 to 5 replicas"]);
    assert.equal(states.length, 0);
  });
});

describe("a rollout", () => {
  const done: DeploymentState = {
    metadata: { generation: 3 },
    spec: { replicas: 2 },
    status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, readyReplicas: 2 },
  };
  const status = (changed: object): DeploymentState => ({ ...done, status: { ...done.status, ...changed } });
  const [usual, other] = [
    { minReplicas: 2, maxReplicas: 5 },
    { minReplicas: 1, maxReplicas: 1 },
  ];
  const cases: readonly (readonly [when: string, DeploymentState, ReplicaBounds, obstacle: string | undefined])[] = [
    ["as many replicas as asked for are new and ready", done, usual, undefined],
    ["they are the most that may be", done, { minReplicas: 1, maxReplicas: 2 }, undefined],
    ["its last change is not seen", { ...done, metadata: { generation: 4 } }, usual, "its last change has not been taken up"],
    ["the autoscaler has not raised it", done, { ...usual, minReplicas: 3 }, "the autoscaler asks for 2 of at least 3 replicas"],
    ["the autoscaler has not lowered it", done, other, "the autoscaler asks for 2 of at most 1 replicas"],
    ["old replicas are counted", status({ updatedReplicas: 1 }), usual, "1 of 2 replicas are of the new version"],
    ["old replicas still run", status({ replicas: 3 }), usual, "1 replicas too many are still running"],
    ["one is not ready", status({ readyReplicas: 1 }), usual, "1 of 2 replicas are ready"],
    ["nothing is known", {}, usual, "the autoscaler asks for 0 of at least 2 replicas"],
  ];
  for (const [when, state, bounds, obstacle] of cases)
    it(`is ${obstacle === undefined ? "" : "not "}done when ${when}`, () =>
      assert.equal(rolloutObstacle(state, bounds), obstacle));
});
