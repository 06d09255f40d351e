import assert from "node:assert/strict";
import { exitCode } from "../../../verify";
import { FakeDeployment, sendJson } from "./fake-deployment";
import { optionsFor, summaryOf } from "./fake-deployment-options";
import { verify } from "./report-schema";

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

  for (const [sessionPrefix, verdict] of [
    ["fixed-", "unknown"],
    [undefined, "fail"],
  ] as const) {
    it(`${verdict === "fail" ? "fails" : "is unknown"} when a pin runs out early with ${sessionPrefix ?? "ids of the run"}`, async () => {
      await using deployment = await FakeDeployment.start();
      deployment.misbehaviour.set("b", ({ session }) => {
        const isRead = session !== undefined && deployment.requests.filter((it) => it.session === session).length === 2;
        if (isRead) deployment.pins.delete(session);
        return false;
      });
      const report = await verify(optionsFor(deployment, { sessionPrefix, sessions: 20 }));
      assert.equal(report.verdict, verdict, report.reason ?? "");
      const reason =
        /although a had answered \w+ in round 1(; a pin of an earlier run may have run out.*)? \(and \d+ more sessions\)$/;
      assert.equal(reason.exec(report.reason ?? "")?.[1] !== undefined, verdict === "unknown", report.reason ?? "");
    });
  }

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
