import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { defaultOptions, exitCode, type Report, type VerifyOptions } from "../../../verify";
import { FakeDeployment, sendJson, type Misbehaviour } from "./fake-deployment";
import { verify } from "./report-schema";

const prompts = ["quick one", "deep one", "quick two", "deep two"];

function optionsFor(deployment: FakeDeployment, overrides: Partial<VerifyOptions> = {}): VerifyOptions {
  const { replicas, jaegerUrl } = deployment;
  return {
    ...defaultOptions,
    target: { kind: "replicas", replicas, jaegerUrl },
    checks: ["control", "pinning"],
    prompts,
    timeoutSeconds: 5,
    ...overrides,
  };
}

function summaryOf(report: Report, id: string): string {
  return report.checks.find((check) => check.id === id)?.summary ?? "";
}

/** Misbehaves in the affinity part of the run only. */
function inSessions(misbehave: (response: ServerResponse) => void): Misbehaviour {
  return ({ session }, response) => {
    if (session === undefined) return false;
    misbehave(response);
    return true;
  };
}

describe("verify", () => {
  it("passes on replicas that share their pins, and lists what each session was answered", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment));
    assert.deepEqual([report.verdict, report.reason, exitCode(report)], ["pass", null, 0]);
    assert.deepEqual(report.sessions[0]?.replicas, ["a", "b", "b", "b"]);
    assert.equal(new Set(report.sessions[0]?.models).size, 1);
    assert.equal(new Set(report.sessions.map(({ model }) => model)).size, 2);
    assert.deepEqual([report.requests.total, report.requests.failed], [8 + 16, 0]);
    assert.ok(report.sessions.every(({ id }) => /^[0-9a-f]{8}-00[1-4]$/.test(id)));
  });

  it("fails when one replica keeps no pins", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.misbehaviour.set("b", ({ prompt }, response) => {
      sendJson(response, 200, { model: prompt.includes("deep") ? "large" : "small" });
      return true;
    });
    const report = await verify(optionsFor(deployment));
    assert.deepEqual([report.verdict, exitCode(report)], ["fail", 1]);
    assert.match(report.reason ?? "", /^pinning: \w+-001: b answered small in round 2, although a had answered large in round 1/);
  });

  it("is unknown when every prompt goes to one model, and plays no session then", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment, { prompts: ["quick one", "quick two"] }));
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /^control: every prompt got small without the header/);
    assert.match(summaryOf(report, "pinning"), /^not measured: every prompt got small/);
    assert.deepEqual(report.sessions, []);
  });

  it("needs control's evidence also where control is not asked for, on a smaller sample", async () => {
    await using deployment = await FakeDeployment.start();
    const many = Array.from({ length: 20 }, (_, i) => `${i % 2 === 0 ? "quick" : "deep"} ${i}`);
    const report = await verify(optionsFor(deployment, { checks: ["pinning"], prompts: many }));
    assert.equal(report.verdict, "pass");
    assert.equal(deployment.requests.filter(({ session }) => session === undefined).length, 8);
    const vacuous = await verify(optionsFor(deployment, { checks: ["pinning"], prompts: ["quick", "quick 2"] }));
    assert.equal(vacuous.verdict, "unknown");
    assert.match(vacuous.reason ?? "", /^pinning: not measured: every prompt got small/);
  });

  it("is unknown when nothing but control was asked for", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment, { checks: ["control"] }));
    assert.equal(report.checks[0]?.verdict, "pass");
    assert.deepEqual([report.verdict, report.reason], ["unknown", "no session was played, which proves nothing about affinity"]);
  });

  it("is unknown with one replica, without asking it anything", async () => {
    await using deployment = await FakeDeployment.start(["a"]);
    const report = await verify(optionsFor(deployment));
    assert.deepEqual(
      [report.verdict, report.reason, exitCode(report)],
      ["unknown", "affinity needs two replicas or more, and there is only one, a", 2],
    );
    assert.equal(report.requests.total, 0);
  });

  it("is unknown when one of two replicas is dead", async () => {
    await using deployment = await FakeDeployment.start();
    const options = optionsFor(deployment);
    await deployment.kill("b");
    const report = await verify(options);
    assert.deepEqual([report.verdict, report.reason], ["unknown", "control: replica b did not answer: connection refused"]);
    assert.deepEqual([report.requests.total, report.requests.failed], [4, 3]);
  });

  it("is unknown when a replica dies during the run, and ends soon", async () => {
    await using deployment = await FakeDeployment.start();
    const options = optionsFor(deployment, { sessions: 50 });
    deployment.misbehaviour.set("b", ({ session }, response) => {
      if (session === undefined) return false;
      void deployment.kill("b");
      response.destroy();
      return true;
    });
    const report = await verify(options);
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /^pinning: \w+-0\d\d: round [12] was not answered by b: connection (refused|reset)/);
  });

  it("names the pairs that were not covered and how many sessions it takes", async () => {
    await using deployment = await FakeDeployment.start(["a", "b", "c"]);
    const report = await verify(optionsFor(deployment, { sessions: 2 }));
    assert.equal(report.verdict, "unknown");
    assert.equal(report.reason, "pinning: not covered (writer → reader): c → a, c → b; use --sessions 3 or more");
  });

  it("covers every ordered pair of five replicas", async () => {
    await using deployment = await FakeDeployment.start(["a", "b", "c", "d", "e"]);
    const report = await verify(optionsFor(deployment, { sessions: 10 }));
    assert.equal(report.verdict, "pass");
    assert.match(summaryOf(report, "pinning"), /over 20 ordered pairs of 5 replicas/);
  });

  for (const [maxFailedRequests, verdict, reason] of [
    [0, "unknown", "1 request failed (--max-failed-requests 0), the first to a: HTTP 503: busy"],
    [1, "pass", null],
  ] as const) {
    it(`repairs a busy answer by a retry, which is ${verdict} when ${maxFailedRequests} requests may fail`, async () => {
      await using deployment = await FakeDeployment.start();
      let busy = true;
      deployment.misbehaviour.set("a", inSessionsOnce());
      const report = await verify(optionsFor(deployment, { maxFailedRequests }));
      assert.deepEqual([report.verdict, report.reason], [verdict, reason]);
      assert.deepEqual([report.requests.failed, report.requests.total], [1, 25]);

      function inSessionsOnce(): Misbehaviour {
        return ({ session }, response) => {
          if (session === undefined || !busy) return false;
          busy = false;
          sendJson(response, 503, { error: { message: "busy" } });
          return true;
        };
      }
    });
  }

  it("is never a pass when a request of control was not answered", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.misbehaviour.set("b", ({ prompt }, response) => {
      if (prompt !== "deep two") return false;
      sendJson(response, 500, { error: { message: "worker crashed" } });
      return true;
    });
    const report = await verify(optionsFor(deployment));
    assert.deepEqual(
      report.checks.map(({ verdict }) => verdict),
      ["pass", "pass"],
    );
    assert.deepEqual(
      [report.verdict, report.reason],
      ["unknown", "1 request failed (--max-failed-requests 0), the first to b: HTTP 500: worker crashed"],
    );
  });

  const silence = "no answer at all";
  const badAnswers: readonly [string, (response: ServerResponse) => void, RegExp][] = [
    [
      "HTML",
      (r) => r.writeHead(200, { "content-type": "text/html" }).end("<html></html>"),
      /the answer is not a JSON object \(text\/html\)/,
    ],
    ["an empty answer", (r) => r.writeHead(200).end(), /the answer is empty/],
    [
      "a truncated answer",
      (r) => {
        r.writeHead(200, { "content-length": "100" });
        r.write("{", () => r.destroy());
      },
      /the answer was cut off/,
    ],
    [
      "an endless answer",
      (r) => {
        const more = (): void => void (!r.destroyed && r.write("x".repeat(65_536), () => setImmediate(more)));
        more();
      },
      /the answer is larger than 1 MiB/,
    ],
    ["no model", (r) => sendJson(r, 200, { choices: [] }), /the answer names no model/],
    ["a 404 page", (r) => r.writeHead(404, { "content-type": "text/html" }).end("<html>"), /HTTP 404 \(text\/html\)/],
    [silence, () => undefined, /no answer within 0\.3 s/],
  ];
  for (const [name, misbehave, reason] of badAnswers) {
    it(`counts ${name} as a failure with a one-line reason`, async () => {
      await using deployment = await FakeDeployment.start();
      deployment.misbehaviour.set("b", inSessions(misbehave));
      const report = await verify(optionsFor(deployment, { timeoutSeconds: name === silence ? 0.3 : 5 }));
      assert.equal(report.verdict, "unknown");
      assert.match(report.reason ?? "", reason);
      assert.ok(report.requests.failed > 0);
      assert.ok(report.sessions.some(({ models }) => models.includes(null)));
    });
  }

  it("ends early when it is called off, with a partial report", async () => {
    await using deployment = await FakeDeployment.start();
    const interruption = new AbortController();
    deployment.misbehaviour.set("b", ({ session }) => {
      if (session === undefined) return false;
      interruption.abort();
      return true;
    });
    const report = await verify(optionsFor(deployment, { signal: interruption.signal, timeoutSeconds: 60 }));
    assert.deepEqual([report.verdict, report.reason, exitCode(report)], ["unknown", "interrupted", 2]);
    assert.ok(report.requests.total > 0);
    assert.equal(report.sessions.length, 4);
  });

  it("is unknown when sessions were pinned by an earlier run and there is no Redis to tell", async () => {
    await using deployment = await FakeDeployment.start();
    for (let i = 1; i <= 40; i++) deployment.pins.set(`fixed-${String(i).padStart(3, "0")}`, i % 2 === 0 ? "small" : "large");
    const report = await verify(optionsFor(deployment, { sessionPrefix: "fixed-", sessions: 40 }));
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /sessions seem to be pinned from an earlier run and there is no Redis to tell/);
  });

  it("passes with a fixed prefix that was not used before", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment, { sessionPrefix: "k8s-session-", sessions: 20 }));
    assert.equal(report.verdict, "pass");
    assert.equal(report.sessions[0]?.id, "k8s-session-001");
  });

  it("is unknown about what it has no address for", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment, { checks: ["control", "pinning", "redis"] }));
    assert.equal(report.verdict, "unknown");
    assert.equal(report.reason, "redis: no Redis was named: give --redis-url redis://HOST:PORT");
  });

  it("does not write credentials of a URL into the report", async () => {
    await using deployment = await FakeDeployment.start();
    const replicas = deployment.replicas.map(({ name, url }) => ({ name, url: url.replace("//", "//user:geheim@") }));
    const report = await verify({ ...optionsFor(deployment), target: { kind: "replicas", replicas } });
    assert.equal(report.verdict, "pass");
    assert.ok(!JSON.stringify(report).includes("geheim"));
  });

  it("refuses options that make no sense", async () => {
    await using deployment = await FakeDeployment.start();
    await assert.rejects(verify(optionsFor(deployment, { sessions: 0, rounds: 1 })), {
      name: "UsageError",
      message: /^--sessions: 0 .*\n--rounds: 1 /,
    });
  });
});

describe("traces", () => {
  const checks = ["control", "pinning", "traces"];

  it("pass when unpinned requests were routed and pinned ones were not", async () => {
    await using deployment = await FakeDeployment.start();
    const report = await verify(optionsFor(deployment, { checks }));
    assert.deepEqual([report.verdict, report.reason], ["pass", null]);
    assert.equal(
      summaryOf(report, "traces"),
      "6 unpinned requests were routed and 12 pinned ones were not, on all 2 replicas; each replica names a pod of its own",
    );
  });

  it("fail when pinned requests were routed, also when those spans come late", async () => {
    await using deployment = await FakeDeployment.start();
    deployment.routesPinned = true;
    deployment.spanDelayMs.routing = 800;
    const report = await verify(optionsFor(deployment, { checks }));
    assert.equal(report.verdict, "fail");
    assert.match(report.reason ?? "", /^traces: trace [0-9a-f]{32}: a pinned request to [ab] was routed again \(and 11 more\)$/);
  });

  it("are unknown when Jaeger refuses the connection", async () => {
    await using deployment = await FakeDeployment.start();
    const options = optionsFor(deployment, { checks });
    await deployment.kill("jaeger");
    const report = await verify(options);
    assert.equal(report.verdict, "unknown");
    assert.match(report.reason ?? "", /^traces: Jaeger at http:\/\/127\.0\.0\.1:\d+ refused the connection$/);
  });
});

describe("the smoke test", () => {
  function smoke(url: string): VerifyOptions {
    return { ...defaultOptions, target: { kind: "url", url }, prompts, timeoutSeconds: 1, sessions: 2, rounds: 3 };
  }

  it("shows the model of each request, exits with 0 and proves nothing", async () => {
    await using deployment = await FakeDeployment.start(["a"]);
    const report = await verify(smoke(deployment.replicas[0]?.url ?? ""));
    assert.deepEqual([report.verdict, report.reason], ["unknown", "a smoke test proves nothing about replicas"]);
    assert.deepEqual(
      report.checks.map(({ id, verdict }) => [id, verdict]),
      [["smoke", "pass"]],
    );
    assert.equal(exitCode(report), 0);
    assert.deepEqual(
      report.sessions.map(({ models }) => models.length),
      [3, 3],
    );
  });

  it("exits with 1 when a request was not answered", async () => {
    await using deployment = await FakeDeployment.start(["a"]);
    deployment.misbehaviour.set("a", ({ number }, response) => {
      if (number !== 2) return false;
      sendJson(response, 500, {});
      return true;
    });
    const report = await verify(smoke(deployment.replicas[0]?.url ?? ""));
    assert.deepEqual([report.verdict, exitCode(report)], ["unknown", 1]);
    assert.equal(report.checks[0]?.summary, "1 of 6 requests were not answered, e.g. HTTP 500");
  });
});
