import assert from "node:assert/strict";
import { renderHtml } from "../../../verify/report/html";
import type { Report } from "../../../verify/report/report";
import { fullReport, hostile, hostileReport } from "../../../verify/testing/odd-reports";
import { emptyReport, failedReport, reportOf, smokeReport } from "../../../verify/testing/sample-reports";
import { desktop, phone, startBrowser, type StartedBrowser } from "./browser";
import { dangers, each, matrix, openAll, shapesBelow, sticksOut, textsBelow } from "./in-page";

const reports: Readonly<Record<string, Report>> = {
  passed: reportOf(),
  failed: failedReport(),
  full: fullReport(),
  hostile: hostileReport(),
  empty: emptyReport(),
  smoke: smokeReport(),
};

describe("the HTML report in a browser", function () {
  this.timeout(60_000);
  let browser: StartedBrowser;

  before(async function () {
    browser = await startBrowser(this);
  });
  after(async () => browser?.[Symbol.asyncDispose]());

  const open = (report: Report, view = desktop) => browser.open(renderHtml(report), view);

  for (const [name, report] of Object.entries(reports)) {
    it(`needs no network, never scrolls sideways, and is read well in the light and in the dark (${name})`, async () => {
      const grounds = new Set<string>();
      for (const view of [phone, desktop, { ...desktop, scheme: "dark" as const }]) {
        const at = `${view.width} px, ${view.scheme}`;
        const { complaints, requests, evaluate } = await open(report, view);
        assert.deepEqual(await evaluate(sticksOut), [], at);
        await evaluate(openAll);
        assert.deepEqual(await evaluate(sticksOut), [], `${at}, folded out`);
        const others = requests.filter((url) => url !== "data:,");
        assert.deepEqual([complaints, await evaluate(dangers), others.slice(1)], [[], [], []], at);
        if (view === phone) continue;
        assert.deepEqual(await evaluate(textsBelow(4.5)), [], `${at}, contrast of texts`);
        assert.deepEqual(await evaluate(shapesBelow(3)), [], `${at}, contrast of shapes`);
        grounds.add(await evaluate("getComputedStyle(document.body).backgroundColor"));
      }
      assert.equal(grounds.size, 2, "the dark is another page");
    });
  }

  for (const [name, view] of Object.entries({ desktop, phone })) {
    it(`shows verdict, reason, target, time and duration without scrolling (${name})`, async () => {
      const { evaluate } = await open(failedReport(), view);
      const box = "(({ left, top, right, bottom }) => [left, top, right, bottom])(it.getBoundingClientRect())";
      const boxes = await evaluate<number[][]>(each("header :is(h1, .reason, .target, .facts)", box));
      assert.equal(boxes.length, 4);
      for (const [left = -1, top = -1, right = Infinity, bottom = Infinity] of boxes)
        assert.ok(left >= 0 && top >= 0 && right <= view.width && bottom <= view.height, `one ends at ${bottom}`);
      const [head = ""] = await evaluate<string[]>(each("header", "it.innerText"));
      assert.match(head, /^Model affinity across replicas\n+✗ Fail\n+pinning: 8f511022-013: /);
      assert.match(head, /Target kubernetes namespace plano-demo/);
      assert.match(head, /Began\n2026-01-31 12:00:00 UTC\nTook\n1\.5 s\n/);
      assert.equal(await evaluate("document.title"), "Affinity: fail – kubernetes namespace plano-demo, selector app=plano");
    });
  }

  it("says that unknown is not a pass, and shows a verdict by word and sign, not by colour alone", async () => {
    const [head = ""] = await (await open(emptyReport())).evaluate<string[]>(each("header", "it.innerText"));
    assert.match(head, /\? Unknown\n[^]*Unknown is not a pass\./);
    const badges = await (await open(failedReport())).evaluate<string[]>(each(".badge", "it.textContent"));
    assert.deepEqual([...new Set(badges)].sort(), ["? unknown", "✓ pass", "✗ fail"]);
  });

  it("prints light on paper, also where the screen is dark", async () => {
    const { evaluate } = await open(fullReport(), { width: 700, height: 1000, scheme: "dark", media: "print" });
    assert.equal(await evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    assert.deepEqual([await evaluate(sticksOut), await evaluate(textsBelow(4.5))], [[], []]);
  });

  it("folds evidence out by keyboard, and shows the focus", async () => {
    const { page, evaluate } = await open(reportOf());
    const focused = `document.activeElement.tagName + (document.activeElement.parentElement.open ? " open" : "")`;
    const seen: string[] = [];
    for (const key of ["Tab", "Enter", "Space"] as const) {
      await page.keyboard.press(key);
      seen.push(await evaluate(focused));
    }
    assert.deepEqual(seen, ["SUMMARY", "SUMMARY open", "SUMMARY"]);
    assert.equal(await evaluate("getComputedStyle(document.activeElement).outlineStyle"), "solid");
  });

  it("has one heading of the first order, none that skips an order, and a name for every drawing and table region", async () => {
    const { evaluate } = await open(fullReport());
    const orders = await evaluate<number[]>(each("h1, h2, h3, h4", "Number(it.tagName[1])"));
    assert.equal(orders.filter((order) => order === 1).length, 1);
    const skips = orders.filter((order, i) => order > (orders[i - 1] ?? 0) + 1);
    assert.deepEqual(skips, [], orders.join());
    const named = `it.matches("[aria-label], [aria-labelledby], [aria-hidden=true]")`;
    assert.deepEqual([...new Set(await evaluate<boolean[]>(each("svg, [role=region], section, table.sessions", named)))], [true]);
    const landmarks = await evaluate<string[]>(each("html[lang=en], header, main, footer", "it.tagName"));
    assert.deepEqual(landmarks, ["HTML", "HEADER", "MAIN", "FOOTER"]);
  });

  it("shows hostile names as text, and nothing else of them", async () => {
    const { evaluate } = await open(hostileReport());
    await evaluate(openAll);
    const text = await evaluate<string>("document.body.innerText");
    assert.ok(text.includes(hostile.script), "as it was written");
    assert.ok(text.includes(hostile.style));
    assert.ok(!text.includes("\u202e") && text.includes("pod-\ufffdgnp.exe"));
    assert.deepEqual(await evaluate(each("style, title:not(svg title)", "it.tagName")), ["TITLE", "STYLE"]);
    assert.equal(await evaluate("globalThis.hit"), undefined);
  });

  it("counts in the matrix who read what whom wrote, and whether they agreed", async () => {
    const { evaluate } = await open(failedReport());
    assert.deepEqual(await evaluate(matrix), [
      ["wrote ↓ read →", "f565x", "xw6vs", "9q2lm"],
      ["f565x", "", "8 ✓ 2 ✗", "5 ✓ 1 ?"],
      ["xw6vs", "4 ✓ 1 ✗", "", "8 ✓"],
      ["9q2lm", "8 ✓", "4 ✓", ""],
    ]);
    const kinds = await evaluate(each(".matrix td", "it.className"));
    assert.deepEqual(kinds, ["self none", "fail", "unknown", "fail", "self none", "pass", "pass", "pass", "self none"]);
  });

  it("lists sessions that failed first, with each answer", async () => {
    const { evaluate } = await open(failedReport());
    const rows = await evaluate<string[]>(each(".sessions tbody tr", `it.innerText.replace(/\\s+/g, " ").trim()`));
    assert.equal(rows.length, 15);
    for (const [i, said] of [
      /^8f511022-013 ✗ ?fail f565x openai\/gpt-4o-mini xw6vs openai\/gpt-5\.2 ×2 9q2lm openai\/gpt-4o-mini /,
      /^8f511022-015 ✗ ?fail /,
      /^8f511022-014 \? ?unknown f565x openai\/gpt-4o-mini 9q2lm no answer round 2 was not answered by /,
      /^8f511022-001 ✓ ?pass openai\/gpt-4o-mini f565x → xw6vs → 9q2lm → xw6vs fast_responses 599\.9 s$/,
    ].entries())
      assert.match(rows[i] ?? "", said);
  });

  it("says in the check what was done, and how long it took to recover", async () => {
    const { evaluate } = await open(fullReport());
    const [added = "", ...others] = await evaluate<string[]>(each(".check .events li", `it.innerText.replace(/\\s+/g, " ")`));
    assert.match(added, /^✓ pass Add a replica pod redis-0 recovered in 1\.9 s old pins hold/);
    for (const [i, said] of [
      /recovered in 2\.0 s .*3 of 1,204 requests lost, 64 answered by .* begun at 0 ms, landed at 1\.0 s, ended at 5\.0 s$/,
      /^✗ fail .* did not recover .* begun at 10\.0 s, landed at 10\.5 s, ended at 40\.0 s$/,
      /^\? unknown .* did not land .* begun at 41\.0 s, ended at 50\.0 s$/,
    ].entries())
      assert.match(others[i] ?? "", said);
  });

  it("says of each replica how fast it answered", async () => {
    const { evaluate } = await open(reportOf());
    const [first = ""] = await evaluate<string[]>(each(".replicas li", "it.innerText"));
    assert.match(first, /f565x \S+\n+36 answered requests · p50 8\.2 ms · p90 14 ms · p99 20 ms · max 31 ms$/);
  });

  it("draws the spans of a session's first request and of a pinned one to one scale, and says the same in words", async () => {
    const { evaluate } = await open(fullReport());
    const bar = `["class", "x", "width"].map((name) => it.getAttribute(name)).join(" ")`;
    assert.deepEqual(await evaluate(each(".waterfall .fill", bar)), ["fill m0 0 1000", "fill m1 100 600", "fill m0 0 250"]);
    const words = await evaluate<string[]>(each(".waterfall", `it.innerText.replace(/\\s+/g, " ").trim()`));
    assert.match(words[0] ?? "", /^The first request was routed\. 2 spans, .*, trace 0af7651916cd43dd8448eb211c80319c /);
    assert.match(words[0] ?? "", / plano\(llm\) POST .* · pod plano-\S+-f565x · 100 ms plano\(routing\) routing · 60 ms /);
    assert.match(words[1] ?? "", /^The pinned request was not routed\. 31 spans, .* The first 1 of 31 spans\.$/);
  });
});
