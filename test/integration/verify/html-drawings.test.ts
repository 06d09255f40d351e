import assert from "node:assert/strict";
import { renderHtml } from "../../../verify/report/html";
import type { Report } from "../../../verify/report/report";
import { fullReport, hostileReport } from "../../../verify/testing/odd-reports";
import { failedReport, reportOf } from "../../../verify/testing/sample-reports";
import { desktop, phone, StartedBrowser, type OpenPage, type View } from "./browser";
import { matrix } from "./in-page";

describe("what the HTML report draws", function () {
  this.timeout(60_000);
  let browser: StartedBrowser;

  before(async function () {
    browser = await StartedBrowser.start(this);
  });
  after(async () => browser?.[Symbol.asyncDispose]());

  const open = (report: Report, view: View = desktop): Promise<OpenPage> => browser.open(renderHtml(report), view);

  it("counts in the matrix who read what whom wrote, and whether they agreed", async () => {
    const { evaluate } = await open(failedReport());
    assert.deepEqual(await evaluate(matrix), [
      ["wrote ↓ read →", "f565x", "xw6vs", "9q2lm"],
      ["f565x", "", "8 ✓ 2 ✗", "5 ✓ 1 ?"],
      ["xw6vs", "4 ✓ 1 ✗", "", "8 ✓"],
      ["9q2lm", "8 ✓", "4 ✓", ""],
    ]);
    const kinds = await evaluate<string[]>(`[...document.querySelectorAll(".matrix td")].map(({ className }) => className)`);
    assert.deepEqual(kinds, ["self none", "fail", "unknown", "fail", "self none", "pass", "pass", "pass", "self none"]);
  });

  it("shows twenty replicas in the matrix, which scrolls by itself", async () => {
    const { evaluate } = await open(hostileReport(), phone);
    const rows = await evaluate<string[][]>(matrix);
    assert.deepEqual([rows.length, ...new Set(rows.map((row) => row.length))], [21, 21]);
    assert.deepEqual(
      await evaluate(`(() => { const wide = document.querySelector(".wide"); return wide.scrollWidth > wide.clientWidth; })()`),
      true,
    );
  });

  it("lists sessions that failed first, with each answer", async () => {
    const { evaluate } = await open(failedReport());
    const rows = await evaluate<string[]>(
      `[...document.querySelectorAll(".sessions tbody tr")].map((row) => row.innerText.replace(/\\s+/g, " ").trim())`,
    );
    assert.equal(rows.length, 15);
    assert.match(
      rows[0] ?? "",
      /^8f511022-013 ✗ ?fail f565x openai\/gpt-4o-mini xw6vs openai\/gpt-5\.2 ×2 9q2lm openai\/gpt-4o-mini /,
    );
    assert.match(rows[1] ?? "", /^8f511022-015 ✗ ?fail /);
    assert.match(
      rows[2] ?? "",
      /^8f511022-014 \? ?unknown f565x openai\/gpt-4o-mini 9q2lm no answer round 2 was not answered by /,
    );
    assert.match(
      rows[3] ?? "",
      /^8f511022-001 ✓ ?pass openai\/gpt-4o-mini f565x → xw6vs → 9q2lm → xw6vs fast_responses 599\.9 s$/,
    );
  });

  it("draws faults to scale, and says in words what a bar shows", async () => {
    const { evaluate } = await open(fullReport());
    const bars = await evaluate<(string | number)[][][]>(
      `[...document.querySelectorAll(".events .track")].map((track) => [...track.querySelectorAll("rect:not(.ground)")].map((rect) =>
        [rect.getAttribute("class"), Number(rect.getAttribute("x")), Number(rect.getAttribute("width"))]))`,
    );
    assert.deepEqual(bars.slice(1), [
      [
        ["waiting", 0, 20],
        ["recovered", 60, 40],
        ["disturbed", 20, 40],
      ],
      [
        ["waiting", 200, 10],
        ["lost", 210, 590],
      ],
      [["waiting", 820, 180]],
    ]);
    const labels = await evaluate<string[]>(
      `[...document.querySelectorAll(".events .track")].map((it) => it.getAttribute("aria-label"))`,
    );
    assert.deepEqual(labels.slice(1), [
      "begun at 0 ms, landed at 1 s, recovered in 2 s, ended at 5 s",
      "begun at 10 s, landed at 10.5 s, did not recover, ended at 40 s",
      "begun at 41 s, did not land, ended at 50 s",
    ]);
    const events = await evaluate<string[]>(`[...document.querySelectorAll(".events > li")].map((it) => it.innerText)`);
    assert.match(
      events[1] ?? "",
      /^Delete a pod pod redis-0\n[^]*recovered in 2 s\n[^]*3 of 1,204 requests lost, 64 answered by another model/,
    );
  });

  it("draws a histogram for each replica, all to one scale", async () => {
    const { evaluate } = await open(reportOf());
    const heights = await evaluate<number[][]>(
      `[...document.querySelectorAll(".histogram svg")].map((svg) => [...svg.querySelectorAll("rect")].map((rect) => Number(rect.getAttribute("height"))))`,
    );
    assert.deepEqual(heights, [
      [0, 15, 100, 60, 5],
      [0, 20, 100, 60, 5],
      [0, 25, 100, 60, 5],
    ]);
    const labels = `[...document.querySelector(".histogram").querySelectorAll(".axis li")].map((it) => it.textContent)`;
    assert.deepEqual(await evaluate(labels), ["2", "5", "10", "20", ">20"]);
    assert.match(
      await evaluate<string>(`document.querySelector(".histogram").innerText`),
      /f565x\n36 requests · p50 8\.2 ms · p90 14 ms/,
    );
  });

  it("draws the first sessions of a race, a line for each replica", async () => {
    const { evaluate } = await open(fullReport());
    const lanes = await evaluate<(string | number)[][]>(
      `[...document.querySelector(".history").querySelectorAll(".lane")].map((lane) =>
        [lane.querySelector(".way").textContent, ...[...lane.querySelectorAll("rect:not(.ground)")].map((rect) => rect.getAttribute("class"))])`,
    );
    // gpt-5.2, which most sessions of this report have, is m0.
    assert.deepEqual(lanes, [
      ["f565x", "fill m1", "fill m0"],
      ["xw6vs", "fill m0", "fill m0"],
      ["9q2lm", "fill m1", "fill m0"],
    ]);
  });
});
