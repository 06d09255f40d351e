import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { openerOf, openPage } from "./browser";
import { pageLines, pagesOf, showPages } from "./pages";
import { newestReport, newestVerdict } from "./reports";
import { Scratch } from "../../lib/testing/scratch";

const report = { path: "/project/reports/a b.html", writtenAt: new Date(0) };
const hint = "kubectl port-forward service/plano 12000:12000  # then http://localhost:12000 answers";
const direct = { gatewayUrl: "http://10.231.0.2:32000/", gatewayHint: "", jaegerUrl: "http://10.231.0.2:31686", jaegerHint: "" };

describe("the pages of a stack", () => {
  it("are Jaeger, the gateway's models and the report", () => {
    assert.deepEqual(pageLines(pagesOf(direct, report)), [
      "  Jaeger   http://10.231.0.2:31686",
      "  gateway  http://10.231.0.2:32000/v1/models",
      "  report   file:///project/reports/a%20b.html",
    ]);
  });

  it("come with the command that opens a tunnel, and with the one that makes a report", () => {
    const outputs = { ...direct, gatewayUrl: "http://localhost:12000", gatewayHint: hint };
    assert.deepEqual(pageLines(pagesOf(outputs, undefined)), [
      "  Jaeger   http://10.231.0.2:31686",
      `  gateway  http://localhost:12000/v1/models\n           first run: ${hint}`,
      "  report   none yet: npm run verify -- --report html=report.html makes one",
    ]);
  });

  it("are missing without a stack", () => {
    assert.deepEqual(pageLines(pagesOf(undefined, report)).slice(0, 2), [
      "  Jaeger   the stack is not up: npm start",
      "  gateway  the stack is not up: npm start",
    ]);
  });
});

describe("showing pages", () => {
  interface Play {
    readonly outputs?: typeof direct;
    readonly silence?: string;
    readonly forward?: () => Promise<string>;
    /** What the browser says. */
    readonly refusal?: string;
    readonly headless?: true;
    /** Aborts when this is printed. */
    readonly until?: RegExp;
  }
  const play = async ({ outputs = direct, silence, forward, refusal, headless, until }: Play) => {
    const stop = new AbortController();
    const opened: string[] = [];
    const printed: string[] = [];
    const shown = await showPages(pagesOf(outputs, report), {
      forward: forward ?? (async ({ port }) => `http://127.0.0.1:${port + 1}`),
      silence: async () => silence,
      open: headless ? undefined : async (url) => (opened.push(url), refusal),
      print: (line) => {
        printed.push(line);
        if (until?.test(line)) setImmediate(() => stop.abort());
      },
      signal: stop.signal,
    });
    return { shown, opened, printed };
  };
  const addresses = ["http://10.231.0.2:31686", "http://10.231.0.2:32000/v1/models", "file:///project/reports/a%20b.html"];

  it("opens them all, and ends", async () => {
    const { shown, opened, printed } = await play({});
    assert.deepEqual([shown, opened], [true, addresses]);
    assert.equal(printed.length, 3);
  });

  it("prints them where there is no desktop, and says so", async () => {
    const { opened, printed } = await play({ headless: true });
    assert.deepEqual(opened, []);
    assert.equal(printed[0], "  Jaeger   http://10.231.0.2:31686");
    assert.equal(printed.at(-1), "There is no desktop here: open the addresses yourself.");
  });

  it("forwards a port where no address leads to it, and stays until it is interrupted", async () => {
    const outputs = { ...direct, gatewayHint: hint };
    const { opened, printed } = await play({ outputs, until: /^Forwarding/ });
    assert.deepEqual(opened, [addresses[0], "http://127.0.0.1:12001/v1/models", addresses[2]]);
    assert.equal(printed.at(-1), "Forwarding a port until Ctrl-C.");
    assert.equal(
      (await play({ outputs: { ...outputs, jaegerHint: hint }, until: /^Forwarding/ })).printed.at(-1),
      "Forwarding 2 ports until Ctrl-C.",
    );
  });

  it("opens nothing that does not answer, and shows the rest", async () => {
    const { shown, opened, printed } = await play({ silence: "connection refused" });
    assert.deepEqual([shown, opened], [true, [addresses[2]]]);
    assert.equal(printed[0], "  Jaeger   http://10.231.0.2:31686\n           does not answer: connection refused");
  });

  it("says why a port cannot be forwarded", async () => {
    const outputs = { ...direct, gatewayHint: hint };
    const { opened, printed } = await play({ outputs, forward: () => Promise.reject(new Error("no pod app=plano is ready")) });
    assert.deepEqual(opened, [addresses[0], addresses[2]]);
    assert.match(printed[1] ?? "", /\n {11}cannot be reached: no pod app=plano is ready$/);
    assert.equal(printed.length, 3);
  });

  it("says why the browser did not open one", async () => {
    const { printed } = await play({ refusal: "xdg-open exited with 3" });
    assert.equal(printed[1], "  the browser did not open it: xdg-open exited with 3");
  });
});

describe("the browser", () => {
  it("is that of the desktop", async () => {
    await using scratch = await Scratch.make();
    const program = await scratch.program("xdg-open", "exit 3");
    const PATH = scratch.bin;
    const url = "http://x/?a&b";
    const xdg = { command: program, args: [url] };
    const cases: readonly (readonly [NodeJS.Platform, NodeJS.ProcessEnv, object | undefined])[] = [
      ["darwin", {}, { command: "open", args: [url] }],
      ["win32", {}, { command: "cmd", args: ["/c", "start", '""', "http://x/?a^&b"] }],
      ["linux", { PATH, DISPLAY: ":0" }, xdg],
      ["linux", { PATH, WAYLAND_DISPLAY: "w" }, xdg],
      ["linux", { PATH }, undefined],
      ["linux", { PATH, DISPLAY: "" }, undefined],
      ["linux", { PATH: "/nowhere", DISPLAY: ":0" }, undefined],
    ];
    for (const [platform, env, opener] of cases) assert.deepEqual(openerOf(url, platform, env), opener);
    assert.equal(await openPage({ command: program, args: [url] }), `${program} exited with 3`);
    assert.match((await openPage({ command: join(PATH, "missing"), args: [] })) ?? "", /ENOENT/);
  });
});

describe("the newest report", () => {
  const json = (verdict: string): string =>
    JSON.stringify({ schema: "plano-affinity/report/v1", verdict, reason: verdict === "pass" ? null : "why" });
  const html = "<!doctype html>\n<title>Affinity: pass – x</title>";

  it("is looked for in reports/ and at the checkout's top, among the verifier's own files", async () => {
    await using scratch = await Scratch.make();
    assert.equal(await newestReport(scratch.folder, "html"), undefined);
    assert.equal(await newestVerdict(scratch.folder), undefined);
    const old = await scratch.file("reports/old.json", json("pass"));
    await utimes(old, 1, 1);
    const newer = await scratch.file("report.json", json("fail"));
    await utimes(newer, 2, 2);
    await scratch.file("package.json", "{}");
    await scratch.file("reports/page.html", "<title>other</title>");
    await scratch.file("reports/folder.html/file", "");
    assert.deepEqual(await newestVerdict(scratch.folder), {
      path: newer,
      writtenAt: new Date(2_000),
      verdict: "fail",
      reason: "why",
    });
    assert.equal(await newestReport(scratch.folder, "html"), undefined);
    const page = await scratch.file("reports/affinity.html", html);
    assert.equal((await newestReport(scratch.folder, "html"))?.path, page);
  });
});
