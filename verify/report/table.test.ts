import assert from "node:assert/strict";
import type { Report } from "./report";
import { shortNames } from "./sessions";
import { renderTable } from "./table";
import { checkOf, reportOf, sessionOf } from "../testing/sample-reports";

const pods = ["plano-6d5c8b7f9d-x2x4k", "plano-6d5c8b7f9d-m9abc"] as const;

function report(count: number): Report {
  const [a, b] = pods;
  const sessions = Array.from({ length: count }, (_, i) =>
    sessionOf(`k8s-session-${String(i + 1).padStart(3, "0")}`, "fail", `${a} gpt-4o-mini-2024-07-18; ${b} gpt-5.2; ${b} -`),
  );
  return reportOf({
    verdict: "fail",
    reason: "pinning: s broke",
    replicas: pods.map((name) => ({ name, url: "http://127.0.0.1:40000" })),
    checks: [checkOf("pinning", "fail", "a long sentence ".repeat(12).trim())],
    sessions,
    requests: { total: 48, failed: 1, p50Ms: 1.2, p99Ms: 3.4 },
  });
}

describe("renderTable", () => {
  it("keeps within 100 characters and says what matters", () => {
    const text = renderTable(report(4), { color: false });
    for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
    assert.match(text, /k8s-session-001 │ x2x4k → m9abc │ gpt-4o-mini-2024-07-18 │ fast_responses │ 600 s │ fail/);
    assert.match(text, /48 requests, 1 failed, p50 1\.2 ms, p99 3\.4 ms, 1\.5 s/);
    assert.match(text, /Affinity: fail – pinning: s broke$/);
  });

  it("shows twenty sessions and counts the others", () => {
    const text = renderTable(report(1000), { color: false });
    assert.match(text, /k8s-session-020/);
    assert.doesNotMatch(text, /k8s-session-021/);
    assert.match(text, /… and 980 more sessions/);
  });

  it("shows sessions that failed or are unknown before those that passed", () => {
    const all = report(30);
    const sessions = all.sessions.map((session, i) => {
      return { ...session, verdict: i === 29 ? ("fail" as const) : i === 28 ? ("unknown" as const) : ("pass" as const) };
    });
    const ids = [...renderTable({ ...all, sessions }, { color: false }).matchAll(/k8s-session-(\d+)/g)].map(([, id]) => id);
    assert.deepEqual([ids.length, ids.slice(0, 3)], [20, ["030", "029", "001"]]);
  });

  it("uses colours only when asked to", () => {
    assert.ok(renderTable(report(1), { color: true }).includes("\u001b[31mfail"));
    assert.ok(!renderTable(report(1), { color: false }).includes("\u001b["));
  });
});

describe("shortNames", () => {
  it("leaves out what all names share up to a dash, and nothing else", () => {
    assert.deepEqual(pods.map(shortNames(pods)), ["x2x4k", "m9abc"]);
    assert.deepEqual(["a", "b"].map(shortNames(["a", "b"])), ["a", "b"]);
    assert.deepEqual(["p-1", "p-12"].map(shortNames(["p-1", "p-12"])), ["1", "12"]);
    assert.equal(shortNames(["plano-x"])("plano-x"), "plano-x");
    const later = ["plano-6d5c8b7f9d-later", "plano-77c9d8d5b-other"].map(shortNames(pods));
    assert.deepEqual(later, ["later", "plano-77c9d8d5b-other"]);
  });
});
