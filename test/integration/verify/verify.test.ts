import assert from "node:assert/strict";
import { defaultOptions, exitCode, type Report } from "../../../verify";
import { FakeDeployment, type Overrides, prompts, verifyFake } from "./fake-deployment";
import { verify } from "./report-schema";
import { checkOf } from "./trial-gateways";

interface Circumstances {
  readonly options?: Overrides;
  readonly prepare?: (deployment: FakeDeployment) => unknown;
  readonly names?: readonly string[];
  /** What else is so. */
  readonly also?: (report: Report) => void;
}

const failed = ({ requests }: Report): readonly number[] => [requests.failed, requests.total];
const busyOnce = ({ misbehaviour }: FakeDeployment): void => {
  misbehaviour.set("a", ({ session }) => {
    if (session === undefined) return false;
    misbehaviour.clear();
    return [503, { error: { message: "busy" } }];
  });
};
const losesPins = ({ misbehaviour, requests, pins }: FakeDeployment): void => {
  misbehaviour.set("b", ({ session }) => {
    const isRead = session !== undefined && requests.filter((it) => it.session === session).length === 2;
    if (isRead) pins.delete(session);
    return false;
  });
};

/** When what is so, and the verdict with its reason; `null` where there is none. */
const cases: readonly [name: string, said: RegExp, circumstances: Circumstances][] = [
  [
    "replicas share their pins, and lists what each session was answered",
    /^pass: null$/,
    {
      also: (report) => {
        assert.deepEqual(report.sessions[0]?.replicas, ["a", "b", "b", "b"]);
        assert.equal(new Set(report.sessions[0]?.models).size, 1);
        assert.equal(new Set(report.sessions.map(({ model }) => model)).size, 2);
        assert.deepEqual(failed(report), [0, 8 + 16]);
        assert.ok(report.sessions.every(({ id }) => /^[0-9a-f]{8}-00[1-4]$/.test(id)));
      },
    },
  ],
  [
    "every prompt goes to one model, and plays no session then",
    /^unknown: control: every prompt got small without the header/,
    {
      options: { prompts: ["quick one", "quick two"] },
      also: (report) => {
        assert.match(checkOf(report, "pinning").summary, /^not measured: every prompt got small/);
        assert.deepEqual(report.sessions, []);
      },
    },
  ],
  [
    "control is not asked for, but needed, on a smaller sample",
    /^pass: null$/,
    {
      options: { checks: ["pinning"], prompts: Array.from({ length: 20 }, (_, i) => `${i % 2 === 0 ? "quick" : "deep"} ${i}`) },
      also: (report) => assert.deepEqual(failed(report), [0, 8 + 16]),
    },
  ],
  [
    "nothing but control was asked for",
    /^unknown: no session was played, which proves nothing about affinity$/,
    { options: { checks: ["control"] }, also: ({ checks }) => assert.equal(checks[0]?.verdict, "pass") },
  ],
  [
    "there is one replica, without asking it anything",
    /^unknown: affinity needs two replicas or more, and there is only one, a$/,
    { names: ["a"], also: ({ requests }) => assert.equal(requests.total, 0) },
  ],
  [
    "one of two replicas is dead",
    /^unknown: control: replica b did not answer: connection refused$/,
    { prepare: (deployment) => deployment.kill("b"), also: (report) => assert.deepEqual(failed(report), [3, 4]) },
  ],
  [
    "a retry repaired a busy answer, and none may fail",
    /^unknown: 1 request failed \(--max-failed-requests 0\), the first to a: HTTP 503: busy$/,
    { prepare: busyOnce, also: (report) => assert.deepEqual(failed(report), [1, 25]) },
  ],
  ["a retry repaired a busy answer, and one may fail", /^pass: null$/, { options: { maxFailedRequests: 1 }, prepare: busyOnce }],
  [
    "a pin runs out early with a fixed prefix",
    /^unknown: .*although a had answered \w+ in round 1; a pin of an earlier run may have run out.* \(and \d+ more sessions\)$/,
    { options: { sessionPrefix: "fixed-", sessions: 20 }, prepare: losesPins },
  ],
  [
    "no race is seen in as many sessions as it takes to see one",
    /^pass: null$/,
    {
      options: { checks: ["control", "race"] },
      also: ({ checks }) =>
        assert.match(checks[1]?.summary ?? "", /^8 sessions were begun on 2 replicas at once: none got different/),
    },
  ],
  [
    "a check has no address of what it needs",
    /^unknown: redis: no Redis was named: give --redis-url redis:\/\/HOST:PORT$/,
    { options: { checks: ["control", "pinning", "redis"] } },
  ],
  [
    "pinned requests were routed, also where those spans come late",
    /^fail: traces: trace [0-9a-f]{32}: a pinned request to [ab] was routed again \(and 11 more\)$/,
    {
      options: { checks: ["control", "pinning", "traces"] },
      prepare: (deployment) => Object.assign(deployment, { routesPinned: true, routingDelayMs: 800 }),
    },
  ],
];

describe("verify", () => {
  for (const [name, said, { options, prepare, names, also }] of cases) {
    it(`is ${/\w+/.exec(said.source)?.[0]} when ${name}`, async () => {
      const report = await verifyFake(options, prepare, names);
      assert.match(`${report.verdict}: ${report.reason}`, said);
      assert.equal(exitCode(report), { pass: 0, fail: 1, unknown: 2 }[report.verdict]);
      also?.(report);
    });
  }

  it("does not write credentials of a URL into the report", async () => {
    const report = await verifyFake({}, ({ replicas }) => {
      for (const replica of replicas) replica.url = replica.url.replace("//", "//user:geheim@");
    });
    assert.equal(report.verdict, "pass");
    assert.ok(!JSON.stringify(report).includes("geheim"));
  });

  it("refuses options that make no sense", async () => {
    const message = /^--sessions: 0 .*\n--rounds: 1 /;
    await assert.rejects(verifyFake({ sessions: 0, rounds: 1 }), { name: "UsageError", message });
  });
});

describe("the smoke test", () => {
  for (const [said, code, misbehaves] of [
    [/^all 6 requests were answered/, 0, false],
    [/^1 of 6 requests were not answered, e\.g\. HTTP 500$/, 1, true],
  ] as const) {
    it(`shows the model of each request, proves nothing and exits with ${code}`, async () => {
      await using deployment = await FakeDeployment.start(["a"]);
      if (misbehaves) deployment.misbehaviour.set("a", ({ number }) => number === 2 && [500, {}]);
      const target = { kind: "url", url: deployment.replicas[0]?.url ?? "" } as const;
      const report = await verify({ ...defaultOptions, target, prompts, timeoutSeconds: 30, sessions: 2, rounds: 3 });
      assert.deepEqual([report.verdict, report.reason], ["unknown", "a smoke test proves nothing about replicas"]);
      const checks = report.checks.map(({ id, verdict }) => [id, verdict]);
      assert.deepEqual([checks, exitCode(report)], [[["smoke", misbehaves ? "fail" : "pass"]], code]);
      assert.match(report.checks[0]?.summary ?? "", said);
      const counts = report.sessions.map(({ models }) => models.length);
      assert.deepEqual(counts, [3, 3]);
    });
  }
});
