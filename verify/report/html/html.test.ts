import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { eventsIn, latenciesIn } from "../evidence";
import { renderHtml } from ".";
import { duration, markup } from "./markup";
import type { CheckReport, Json } from "../report";
import { readMatrix } from "../sessions";
import { fullReport, hostile, hostileReport } from "../../testing/odd-reports";
import { checkOf, eventOf, hugeReport, latenciesOf, pods, reportOf, sessionOf } from "../../testing/sample-reports";

const [a = "", b = ""] = pods;

describe("the HTML report", () => {
  it("has one style sheet, which its policy names, and nothing else that a browser would load or run", () => {
    for (const report of [reportOf(), fullReport(), hostileReport()]) {
      const page = renderHtml(report);
      const [, sheet = ""] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
      const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
      const hash = createHash("sha256").update(sheet).digest("base64");
      const strict = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
      assert.equal(policy.replaceAll("&#39;", "'"), strict);
      assert.doesNotMatch(page, /<(script|img|iframe|object|embed|audio|video)|@import|url\(| style=/i);
      assert.doesNotMatch(page, /(?:src|href)="(?!data:,")/);
    }
  });

  it("has its parts in order, the verdict first", () => {
    const found = [...renderHtml(fullReport()).matchAll(/<h([12])[^>]*>(.*?)<\/h\1>/gs)];
    const headings = found.map(([, , text = ""]) => text.replace(/<[^>]*>/g, "").trim());
    const parts = ["Checks", "Who wrote, who read", "Sessions", "A session’s traces", "Replicas and requests"];
    assert.deepEqual(headings, ["✗ Fail", ...parts]);
  });

  it("lists what failed first, a bounded number of sessions, and says how many it leaves out", () => {
    const page = renderHtml(hugeReport(20_000, 150, 30));
    const verdicts = [...page.matchAll(/role="rowheader".*?class="badge (\w+)"/gs)].map(([, verdict]) => verdict);
    const count = (verdict: string): number => verdicts.filter((it) => it === verdict).length;
    assert.deepEqual([...new Set(verdicts)], ["fail", "unknown", "pass"]);
    assert.deepEqual([count("fail"), count("unknown"), count("pass")], [150, 30, 20]);
    assert.match(page, /19800 of 20000 sessions are not listed here/);
    assert.ok(page.length < 1_000_000, `${page.length} characters`);
  });

  it("bounds evidence of any size and shape", () => {
    const deep: Json = Array.from({ length: 50 }).reduce<Json>((inner) => ({ inner }), "end");
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key ${i}`, i]));
    const page = renderHtml(reportOf({ checks: [checkOf("redis", "pass", "x", { deep, wide, long: "y".repeat(1e6) })] }));
    assert.ok(page.length < 300_000, `${page.length} characters`);
    assert.match(page, /&quot;inner&quot;.*All of it is in the JSON report/s);
  });
});

describe("markup", () => {
  it("escapes text and attributes, and keeps markup", () => {
    const { text } = markup`<i title="${`"'<>`}">${[markup`<b>${"a & b"}</b>`, 1, undefined]}</i>`;
    assert.equal(text, '<i title="&quot;&#39;&lt;&gt;"><b>a &amp; b</b>1</i>');
  });

  it("shows characters that deceive or that HTML cannot hold", () => {
    assert.equal(markup`${hostile.direction}`.text, "pod-\ufffdgnp.exe");
    assert.equal(markup`${hostile.control}`.text, "bell\ufffd nul\ufffd lone\ufffd next\ufffd line\nbreak\ttab");
    assert.equal(markup`${"a \u{1f600} b"}`.text, "a \u{1f600} b");
  });
});

describe("times in the HTML report", () => {
  it("are short", () => {
    const said = [null, 0, 0.426, 12.4, 999.6, 1_250, 125_000].map(duration).join(", ");
    assert.equal(said, "–, 0 ms, 0.43 ms, 12 ms, 1.0 s, 1.3 s, 2 min 5 s");
  });
});

/** What it counts is shown in test/integration/verify/html.test.ts. */
describe("who wrote and who read", () => {
  it("leaves out sessions without a first answer, and those that a check began on several replicas", () => {
    const silent = reportOf({ sessions: [sessionOf("x-001", "unknown", `${a} -; ${b} m`)] });
    assert.deepEqual([readMatrix(silent).sessions, readMatrix(silent).reads(a, b)], [0, undefined]);
    assert.deepEqual(readMatrix(fullReport()).reads(a, b), readMatrix(reportOf()).reads(a, b));
  });

  it("also has replicas that came during the run", () => {
    const report = reportOf({ sessions: [sessionOf("x-001", "pass", `${a} m; late m`)] });
    assert.deepEqual(readMatrix(report).names, [...pods, "late"]);
    assert.deepEqual(readMatrix(report).reads(a, "late"), { agreed: 1, differed: 0, unanswered: 0 });
  });
});

describe("evidence that is shown in a form of its own", () => {
  const check = (evidence: CheckReport["evidence"]): CheckReport => checkOf("faults", "pass", "s", evidence);
  const event = eventOf("Delete a pod", [0, 1_000, 3_000, 5_000], "pass");

  it("is found by its shape, and another shape is shown as it is", () => {
    assert.equal(eventsIn(check({ events: [event] })).length, 1);
    assert.equal(latenciesIn(check({ latencies: [latenciesOf("a", 3)] }))[0]?.count, 3);
    for (const events of [null, {}, [], [1], [event, {}]]) {
      assert.deepEqual(eventsIn(check({ events })), []);
      assert.match(renderHtml(reportOf({ checks: [check({ events, note: "still here" })] })), /still here/);
    }
  });
});
