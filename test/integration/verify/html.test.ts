import assert from "node:assert/strict";
import { renderHtml } from "../../../verify/report/html";
import type { Report } from "../../../verify/report/report";
import { fullReport, hostile, hostileReport } from "../../../verify/testing/odd-reports";
import { emptyReport, failedReport, reportOf, smokeReport } from "../../../verify/testing/sample-reports";
import { desktop, phone, StartedBrowser, type OpenPage, type View } from "./browser";
import { boxOf, dangers, matrix, openAll, shapesBelow, sticksOut, textsBelow } from "./in-page";

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
    browser = await StartedBrowser.start(this);
  });
  after(async () => browser?.[Symbol.asyncDispose]());

  const open = (report: Report, view: View = desktop): Promise<OpenPage> => browser.open(renderHtml(report), view);

  for (const [name, report] of Object.entries(reports)) {
    it(`needs no network and raises no complaint (${name})`, async () => {
      const { complaints, requests, evaluate } = await open(report);
      await evaluate(openAll);
      const others = requests.filter((url) => url !== "data:,");
      assert.deepEqual([complaints, await evaluate(dangers), others.slice(1)], [[], [], []]);
    });

    it(`never scrolls sideways, on a phone either, with everything folded out (${name})`, async () => {
      for (const view of [phone, desktop]) {
        const { evaluate } = await open(report, view);
        assert.deepEqual(await evaluate(sticksOut), [], `${view.width} px`);
        await evaluate(openAll);
        assert.deepEqual(await evaluate(sticksOut), [], `${view.width} px, folded out`);
      }
    });

    for (const scheme of ["light", "dark"] as const) {
      it(`has a contrast of 4.5:1 or more in every text, and of 3:1 in every shape (${name}, ${scheme})`, async () => {
        const { evaluate } = await open(report, { ...desktop, scheme });
        await evaluate(openAll);
        assert.deepEqual(await evaluate(textsBelow(4.5)), []);
        assert.deepEqual(await evaluate(shapesBelow(3)), []);
      });
    }
  }

  for (const [name, view] of Object.entries({ desktop, phone })) {
    it(`shows verdict, reason, target, time and duration without scrolling (${name})`, async () => {
      const { evaluate } = await open(failedReport(), view);
      for (const selector of ["h1", ".reason", ".target", ".facts"]) {
        const [left = -1, top = -1, right = Infinity, bottom = Infinity] = await evaluate<number[]>(boxOf(selector));
        assert.ok(left >= 0 && top >= 0 && right <= view.width && bottom <= view.height, `${selector} ends at ${bottom}`);
      }
      const head = await evaluate<string>(`document.querySelector("header").innerText`);
      assert.match(head, /^Model affinity across replicas\n+✗ Fail\n+pinning: 8f511022-013: /);
      assert.match(head, /Target kubernetes namespace plano-demo/);
      assert.match(head, /Began\n2026-01-31 12:00:00 UTC\nTook\n1\.5 s\n/);
      assert.equal(await evaluate(`document.title`), "Affinity: fail – kubernetes namespace plano-demo, selector app=plano");
    });
  }

  it("says that unknown is not a pass, and shows a verdict by word and sign, not by colour alone", async () => {
    const { evaluate } = await open(emptyReport());
    assert.match(await evaluate<string>(`document.querySelector("header").innerText`), /\? Unknown\n[^]*Unknown is not a pass\./);
    const badges = `[...new Set([...document.querySelectorAll(".badge")].map((badge) => badge.textContent))].sort()`;
    assert.deepEqual(await (await open(failedReport())).evaluate(badges), ["? unknown", "✓ pass", "✗ fail"]);
  });

  it("is another page in the dark, but for its text", async () => {
    const look = `["body", "h1", ".badge", ".chip", ".matrix td.pass"].flatMap((selector) => {
      const { color, backgroundColor } = getComputedStyle(document.querySelector(selector));
      return [color, backgroundColor];
    })`;
    const light = await (await open(reportOf())).evaluate<string[]>(look);
    const dark = await (await open(reportOf(), { ...desktop, scheme: "dark" })).evaluate<string[]>(look);
    for (const [i, colour] of light.entries()) {
      if (colour !== "rgba(0, 0, 0, 0)") assert.notEqual(dark[i], colour, `colour ${i}`);
    }
  });

  it("prints light on paper, also where the screen is dark", async () => {
    const { evaluate } = await open(fullReport(), { width: 700, height: 1000, scheme: "dark", media: "print" });
    assert.equal(await evaluate(`getComputedStyle(document.body).backgroundColor`), "rgb(255, 255, 255)");
    assert.deepEqual(await evaluate(sticksOut), []);
    assert.deepEqual(await evaluate(textsBelow(4.5)), []);
  });

  it("folds evidence out by keyboard", async () => {
    const { page, evaluate } = await open(failedReport());
    const focused = `document.activeElement.tagName + (document.activeElement.parentElement.open ? " open" : "")`;
    await page.keyboard.press("Tab");
    assert.equal(await evaluate(focused), "DIV", "the failed report has no evidence; its matrix scrolls");
    const other = await open(reportOf());
    await other.page.keyboard.press("Tab");
    assert.equal(await other.evaluate(focused), "SUMMARY");
    await other.page.keyboard.press("Enter");
    assert.equal(await other.evaluate(focused), "SUMMARY open");
    assert.match(
      await other.evaluate<string>(`document.activeElement.parentElement.innerText`),
      /What is the capital of France\?/,
    );
    const outline = await other.evaluate<string>(`getComputedStyle(document.activeElement).outlineStyle`);
    assert.equal(outline, "solid", "the focus is seen");
    await other.page.keyboard.press("Space");
    assert.equal(await other.evaluate(focused), "SUMMARY");
  });

  it("has one heading of the first order, none that skips an order, and a name for every drawing and table region", async () => {
    const { evaluate } = await open(fullReport());
    const orders = await evaluate<number[]>(
      `[...document.querySelectorAll("h1, h2, h3, h4")].map(({ tagName }) => Number(tagName[1]))`,
    );
    assert.equal(orders.filter((order) => order === 1).length, 1);
    assert.ok(
      orders.every((order, i) => order <= (orders[i - 1] ?? 0) + 1),
      orders.join(),
    );
    const nameless = await evaluate<number>(
      `[...document.querySelectorAll("svg, [role=region], section, table.sessions")].filter((it) =>
        !it.hasAttribute("aria-label") && !it.hasAttribute("aria-labelledby") && it.getAttribute("aria-hidden") !== "true").length`,
    );
    assert.equal(nameless, 0);
    assert.equal(await evaluate(`document.documentElement.lang`), "en");
    const landmarks = await evaluate<number[]>(`["header", "main", "footer"].map((it) => document.querySelectorAll(it).length)`);
    assert.deepEqual(landmarks, [1, 1, 1]);
  });

  it("shows hostile names as text, and nothing else of them", async () => {
    const { evaluate } = await open(hostileReport());
    await evaluate(openAll);
    const text = await evaluate<string>(`document.body.innerText`);
    assert.ok(text.includes(hostile.script), "as it was written");
    assert.ok(text.includes(hostile.style));
    assert.ok(!text.includes("\u202e") && text.includes("pod-\ufffdgnp.exe"));
    assert.equal(await evaluate(`document.querySelectorAll("style").length`), 1);
    assert.equal(await evaluate(`document.querySelectorAll("title").length - document.querySelectorAll("svg title").length`), 1);
    assert.equal(await evaluate(`globalThis.hit`), undefined);
  });

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
    const scrolls = `(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)(document.querySelector(".wide"))`;
    assert.equal(await evaluate(scrolls), true);
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
      "begun at 0 ms, landed at 1.0 s, recovered in 2.0 s, ended at 5.0 s",
      "begun at 10.0 s, landed at 10.5 s, did not recover, ended at 40.0 s",
      "begun at 41.0 s, did not land, ended at 50.0 s",
    ]);
    const events = await evaluate<string[]>(`[...document.querySelectorAll(".events > li")].map((it) => it.innerText)`);
    assert.match(
      events[1] ?? "",
      /^Delete a pod pod redis-0\n[^]*recovered in 2\.0 s\n[^]*3 of 1,204 requests lost, 64 answered by another model/,
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
