import assert from "node:assert/strict";
import { defaultOptions, exitCode, type VerifyOptions } from "../../../verify";
import { FakeDeployment, sendJson } from "./fake-deployment";
import { prompts } from "./fake-deployment-options";
import { verify } from "./report-schema";

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
