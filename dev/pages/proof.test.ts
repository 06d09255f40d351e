import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findFault, type CheckId } from "../../standin/gateway/faults";
import { checkIds } from "../../verify/checks";
import { judgeSurvey } from "../../verify/checks/control";
import { PinningTally } from "../../verify/checks/pinning/tally";
import { judgeRace } from "../../verify/checks/race";
import { PinTally } from "../../verify/checks/redis/tally";
import { judgeTraces } from "../../verify/checks/traces/judge";
import { judgeExpiry } from "../../verify/checks/trial/judge-expiry";
import { HelpRequested, parseArguments } from "../../verify/cli/arguments";
import { findingOf } from "../../verify/disruption/summary";
import { pinLifetime } from "../../verify/register";
import { exitCode, type Report, type Verdict } from "../../verify/report/report";
import { judge } from "../../verify/report/verdict";
import { sessionsNeeded } from "../../verify/run/plan";
import { surveyOf } from "../../verify/testing/samples";
import { cells, inlineCode, project, readPage } from "./markdown";

const { prose } = readPage("docs/proof.md");

/** Rows of the table whose head has this first cell. */
function table(head: string): string[][] {
  const start = prose.findIndex((line) => cells(line)[0] === head);
  assert.ok(start >= 0, `there is no table "${head}"`);
  const length = prose.slice(start).findIndex((line) => !line.startsWith("|"));
  return prose.slice(start + 2, start + length).map(cells);
}

describe("docs/proof.md on what could fool a test", () => {
  const rows = table("what could look like affinity, or hide that it is broken");
  const isCheck = (code: string): code is CheckId => checkIds.includes(code);

  it("names a fault by the check that catches it", () => {
    let named = 0;
    for (const [what, why = "", faults = ""] of rows) {
      for (const name of inlineCode(faults)) {
        const fault = findFault(name);
        assert.ok(fault !== undefined, `${name} is no fault of the stand-in`);
        const checks = inlineCode(why).filter(isCheck);
        assert.ok(
          fault.caughtBy.some((id) => checks.includes(id)),
          `${what}: ${name} is caught by ${fault.caughtBy.join(", ")}`,
        );
        named++;
      }
    }
    assert.ok(named > 20, `${named} faults`);
  });

  it("says how many replicas the default sessions cover", () => {
    assert.ok(prose.join("\n").includes("Four sessions of four requests cover all ordered pairs of up to four replicas"));
    assert.ok(sessionsNeeded(4, 4) <= 4 && sessionsNeeded(5, 4) > 4);
  });
});

describe("docs/proof.md on the report", () => {
  const nothing = {
    outcomes: [],
    notBegun: [],
    leftOut: undefined,
    mended: undefined,
    leftover: undefined,
    passed: "",
    durationMs: 0,
  };
  const choice = { modelOf: () => undefined };
  const pinning = new PinningTally().conclude({
    replicas: [],
    options: { rounds: 4, maxFailedRequests: 0 },
    freshnessKnown: true,
  });
  const evidence: Readonly<Record<string, object>> = {
    control: judgeSurvey(surveyOf({ quick: "small", deep: "large" })).evidence,
    pinning: { ...pinning.evidence, latencies: null },
    redis: new PinTally({ ttlSeconds: 600 }).conclude().evidence,
    traces: judgeTraces([], { sessions: 0, sampled: 0, replicas: [] }).evidence,
    race: judgeRace([], choice, 600).evidence,
    expiry: judgeExpiry([], { choice, lifetime: pinLifetime(600), replicas: 2 }).evidence,
    scale: findingOf(nothing).evidence,
    faults: findingOf(nothing).evidence,
  };

  it("names evidence that each check gives", () => {
    const rows = table("check");
    assert.deepEqual(rows.flatMap(([ids = ""]) => inlineCode(ids)).sort(), [...checkIds].sort());
    for (const [ids = "", keys = ""] of rows) {
      for (const id of inlineCode(ids)) {
        for (const key of inlineCode(keys)) assert.ok(key in (evidence[id] ?? {}), `${id} has no evidence "${key}"`);
      }
    }
  });
});

describe("docs/proof.md on verdicts", () => {
  it("has them in the order in which they are judged", () => {
    const order = prose.flatMap((line) => {
      const [, number, verdict] = /^(\d)\. .*\*\*(pass|fail|unknown)\*\*/.exec(line) ?? [];
      return number === undefined ? [] : [verdict];
    });
    // The problems in the order of the page: at each step the first of those that are left is mended.
    const reasons = [
      /^interrupted$/,
      /^pinning: /,
      /^the deployment changed/,
      /^traces: /,
      /^no session/,
      /requests failed/,
      null,
    ];
    const check = (id: string, verdict: Verdict) => ({ id, verdict, summary: "…" });
    const judged = reasons.map((_, mended) =>
      judge([check("pinning", mended > 1 ? "pass" : "fail"), check("traces", mended > 3 ? "pass" : "unknown")], {
        interrupted: mended < 1,
        changes: mended < 3 ? ["pod a restarted"] : [],
        sessions: mended < 5 ? 0 : 4,
        failures: { count: mended < 6 ? 2 : 0, first: "a" },
        maxFailedRequests: 0,
      }),
    );
    assert.deepEqual(
      judged.map(({ verdict }) => verdict),
      order,
    );
    for (const [i, reason] of reasons.entries()) {
      if (reason === null) assert.equal(judged[i]?.reason, null);
      else assert.match(judged[i]?.reason ?? "", reason);
    }
  });

  it("has the exit codes of the code", () => {
    const rows = table("exit code").map(([code, meaning]) => `${code} ${meaning}`);
    const report = (verdict: Verdict): Report => ({ verdict, checks: [] as Report["checks"] }) as Report;
    const [, badUsage] = /^const badUsage = (\d+);$/m.exec(readFileSync(join(project, "verify/cli.ts"), "utf8")) ?? [];
    assert.deepEqual(rows, [
      ...(["pass", "fail", "unknown"] as const).map((verdict) => `${exitCode(report(verdict))} ${verdict}`),
      `${badUsage} bad usage`,
    ]);
    assert.throws(
      () => parseArguments(["--help"]),
      (error: unknown) => {
        assert.ok(error instanceof HelpRequested);
        const [, said = ""] = /^Exit: (.*)\.$/m.exec(error.message) ?? [];
        assert.equal(said.replace(/ \(.*?\)/g, ""), rows.join(", "));
        return true;
      },
    );
  });
});
