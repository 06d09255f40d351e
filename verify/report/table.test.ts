import assert from "node:assert/strict";
import { shortNames } from "./sessions";
import { renderTable } from "./table";
import { hostile, hostileReport } from "../testing/odd-reports";
import { checkOf, hugeReport, pods, reportOf, sessionOf } from "../testing/sample-reports";

const [a = "", b = ""] = pods;
const failed = reportOf({
  verdict: "fail",
  reason: "pinning: s broke",
  checks: [checkOf("pinning", "fail", "a long sentence ".repeat(12).trim())],
  sessions: [sessionOf("k8s-session-001", "fail", `${a} gpt-4o-mini-2024-07-18; ${b} gpt-5.2; ${b} -`)],
  requests: { total: 48, failed: 1, p50Ms: 1.2, p99Ms: 3.4 },
});

describe("renderTable", () => {
  it("keeps within 100 characters and says what matters", () => {
    const text = renderTable(failed, { color: false });
    for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
    assert.match(text, /k8s-session-001 │ f565x → xw6vs │ gpt-4o-mini-2024-07-18 │ fast_responses │ 600 s │ fail/);
    assert.match(text, /48 requests, 1 failed, p50 1\.2 ms, p99 3\.4 ms, 1\.5 s/);
    assert.match(text, /Affinity: fail – pinning: s broke$/);
  });

  it("shows twenty sessions, those that failed or are unknown first, and counts the others", () => {
    const text = renderTable(hugeReport(1_000, 1, 1), { color: false });
    const ids = [...text.matchAll(/8f511022-(\d+)/g)].map(([, id]) => id);
    assert.deepEqual([ids.length, ids.slice(0, 3)], [20, ["1000", "999", "001"]]);
    assert.match(text, /… and 980 more sessions/);
  });

  it("is lines of visible text, whatever a gateway or a Job answers", () => {
    const report = { ...hostileReport(), reason: `\u001b[2J${hostile.unseen}\nAffinity: pass` };
    const text = renderTable(report, { color: false });
    assert.doesNotMatch(text, /(?!\n)[\p{C}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u);
    assert.ok(text.includes("gpt\ufffd-\ufffd\ufffd4o\ufffd\ufffd\ufffd") && text.includes("pod-\ufffdgnp.exe"));
    assert.match(text.split("\n").at(-1) ?? "", /^Affinity: unknown – \[2Jgpt.* Affinity: pass$/);
  });

  it("says what to put right: prompts where those were answered, a key, or the address of Redis", () => {
    const advice = (id: string, summary: string, evidence = {}, target = "replicas a=http://a.test"): string[] => {
      const text = renderTable(reportOf({ target, checks: [checkOf(id, "unknown", summary, evidence)] }), { color: false });
      return text.split("\n").filter((line) => line.startsWith("→"));
    };
    const prompts = (model: string | null) => ({ prompts: [{ prompt: "p", model: null, answers: [{ model }] }] });
    assert.match(advice("control", "every prompt got m", prompts("m")).join(), /^→ bring prompts/);
    assert.deepEqual(advice("control", "replica a did not answer: connection refused", prompts(null)), []);
    assert.match(
      advice("control", "replica a did not answer: HTTP 401: no", prompts(null)).join(),
      /^→ send the key .*AUTHORIZATION/,
    );
    const missing = "key k does not exist, nor did it right after the first answer";
    assert.match(advice("redis", missing).join(), /^→ or is that not the gateway's Redis/);
    assert.deepEqual(advice("redis", missing, {}, "kubernetes namespace n"), []);
  });

  it("uses colours only when asked to", () => {
    assert.ok(renderTable(failed, { color: true }).includes("\u001b[31mfail"));
    assert.ok(!renderTable(failed, { color: false }).includes("\u001b["));
  });
});

describe("shortNames", () => {
  it("leaves out what all names share up to a dash, and nothing else", () => {
    assert.deepEqual(pods.map(shortNames(pods)), ["f565x", "xw6vs", "9q2lm"]);
    assert.deepEqual(["a", "b"].map(shortNames(["a", "b"])), ["a", "b"]);
    assert.deepEqual(["p-1", "p-12"].map(shortNames(["p-1", "p-12"])), ["1", "12"]);
    assert.equal(shortNames(["plano-x"])("plano-x"), "plano-x");
    const later = ["plano-5b86d68df7-later", "plano-77c9d8d5b-other"].map(shortNames(pods));
    assert.deepEqual(later, ["later", "plano-77c9d8d5b-other"]);
  });
});
