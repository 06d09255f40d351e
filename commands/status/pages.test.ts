import assert from "node:assert/strict";
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { openerOf, openPage } from "./browser";
import { pageLines, pagesOf, printPages, showPages, type ShowTools } from "./pages";
import { newestReport } from "./reports";
import type { StackOutputs } from "./stack";
import { Scratch } from "../../lib/testing/scratch";

const report = "/project/reports/a b.html";
const hint = "kubectl port-forward service/plano 12000:12000  # then http://localhost:12000 answers";
const direct = { gatewayUrl: "http://10.231.0.2:32000/", gatewayHint: "", jaegerUrl: "http://10.231.0.2:31686", jaegerHint: "" };
const forwarded = { ...direct, gatewayHint: hint };

describe("the pages of a stack", () => {
  it("are Jaeger, the gateway's models and the report, or what makes them", () => {
    assert.deepEqual(pageLines(pagesOf(direct, report)), [
      "  Jaeger   http://10.231.0.2:31686",
      "  gateway  http://10.231.0.2:32000/v1/models",
      "  report   file:///project/reports/a%20b.html",
    ]);
    assert.deepEqual(pageLines(pagesOf({ ...forwarded, gatewayUrl: "http://localhost:12000" }, undefined)).slice(1), [
      `  gateway  http://localhost:12000/v1/models\n           first run: ${hint}`,
      "  report   none yet: npm run verify -- --report html=report.html makes one",
    ]);
    assert.deepEqual(pageLines(pagesOf(undefined, report)).slice(0, 2), [
      "  Jaeger   the stack is not up: npm start",
      "  gateway  the stack is not up: npm start",
    ]);
  });
});

describe("showing pages", () => {
  const [jaeger, gateway, file] = [
    "http://10.231.0.2:31686",
    "http://10.231.0.2:32000/v1/models",
    "file:///project/reports/a%20b.html",
  ];
  const tunnel = "http://127.0.0.1:12001/v1/models";
  const silent = { visit: async () => "connection refused" };
  const [first, later] = ["a", "b"].map((digit) => digit.repeat(32)) as [string, string];
  const affinity = { verdict: "pass", reason: null, replicas: [], sessions: [], checks: [] } as const;
  const proved = (traces = { first, later }): StackOutputs => ({ ...direct, affinity: { ...affinity, traces } });
  /** A Jaeger that answers one of its addresses like this. */
  const jaegerWith = (path: string, status: number, head = ""): Partial<ShowTools> => ({
    visit: async (url) => (url.endsWith(path) ? { status, head } : { status: 200, head: "" }),
  });
  const unreachable = { forward: () => Promise.reject(new Error("no pod app=plano is ready")) };
  const all = [jaeger, gateway, file];
  const atJaeger = `  Jaeger   ${jaeger}`;

  interface Play {
    /** What differs of the pages' tools. */
    readonly tools?: Partial<ShowTools>;
    readonly outputs?: StackOutputs;
    readonly opens: readonly string[];
    /** What is printed among the rest. */
    readonly prints?: readonly string[];
  }
  const plays: Readonly<Record<string, Play>> = {
    "opens them all": { opens: all, prints: [atJaeger] },
    "prints them without a desktop": { tools: { open: undefined }, opens: [], prints: [atJaeger] },
    "forwards ports where no addresses lead there, until it is interrupted": {
      outputs: { ...forwarded, jaegerHint: hint },
      opens: ["http://127.0.0.1:16687/", tunnel, file],
      prints: ["Forwarding until Ctrl-C."],
    },
    "opens the traces of a session of the last proof": {
      outputs: proved(),
      opens: [`${jaeger}/trace/${first}`, `${jaeger}/trace/${later}`, gateway, file],
      prints: [`${atJaeger}/trace/${first}  (a session's first request)`, `${atJaeger}/trace/${later}  (a later one)`],
    },
    "opens Jaeger where it has forgotten them": {
      tools: jaegerWith(later, 404),
      outputs: proved(),
      opens: all,
      prints: [atJaeger],
    },
    "opens no trace whose id is something else": { outputs: proved({ first, later: `${later}&x` }), opens: all },
    "opens the report in the place of a Jaeger without a page, and says so": {
      tools: jaegerWith("31686", 200, "<h1>🥋: This is not the Jaeger UI you are looking for!</h1>"),
      outputs: proved(),
      opens: [gateway, file],
      prints: [`${atJaeger}\n           this Jaeger was built without its page; the report draws a session's traces`],
    },
    "opens nothing that does not answer, and shows the rest": {
      tools: silent,
      opens: [file],
      prints: [`${atJaeger}\n           does not answer: connection refused`],
    },
    "says why a port cannot be forwarded": {
      tools: unreachable,
      outputs: forwarded,
      opens: [jaeger, file],
      prints: [`  gateway  ${gateway}\n           cannot be reached: no pod app=plano is ready`],
    },
    "says why the browser did not open one": {
      tools: { open: async () => "xdg-open exited with 3" },
      opens: [],
      prints: ["  the browser did not open it: xdg-open exited with 3"],
    },
  };

  for (const [name, { tools, outputs = direct, opens, prints = [] }] of Object.entries(plays))
    it(name, async () => {
      const stop = new AbortController();
      const opened: string[] = [];
      const printed: string[] = [];
      const shown = await showPages(pagesOf(outputs, report), {
        forward: async ({ port }) => `http://127.0.0.1:${port + 1}`,
        visit: async () => ({ status: 200, head: "" }),
        open: async (url) => void opened.push(url),
        print: (line) => {
          printed.push(line);
          if (line.startsWith("Forwarding")) setImmediate(() => stop.abort());
        },
        signal: stop.signal,
        ...tools,
      });
      assert.deepEqual([shown, opened], [true, opens]);
      assert.deepEqual(
        prints.filter((line) => !printed.includes(line)),
        [],
        printed.join("\n"),
      );
    });
});

describe("printing pages", () => {
  it("asks those that no tunnel leads to, and opens no tunnel", async () => {
    const asked: string[] = [];
    const printed: string[] = [];
    await printPages(pagesOf({ ...direct, gatewayHint: hint }, undefined), {
      forward: () => assert.fail("a tunnel"),
      visit: async (url) => (asked.push(url), "connection refused"),
      print: (line) => void printed.push(line),
    });
    assert.deepEqual(asked, [direct.jaegerUrl]);
    assert.deepEqual(printed.slice(0, 2), [
      `  Jaeger   ${direct.jaegerUrl}\n           does not answer: connection refused`,
      `  gateway  http://10.231.0.2:32000/v1/models\n           first run: ${hint}`,
    ]);
  });
});

describe("the browser", () => {
  it("is that of the desktop", async () => {
    await using scratch = await Scratch.make();
    const program = await scratch.program("xdg-open", "exit 3");
    const PATH = scratch.bin;
    const url = "http://x/?a&b";
    const xdg = [program, url] as const;
    const cases: readonly (readonly [NodeJS.Platform, NodeJS.ProcessEnv, readonly string[] | undefined])[] = [
      ["darwin", {}, ["open", url]],
      ["linux", { PATH, DISPLAY: ":0" }, xdg],
      ["linux", { PATH, WAYLAND_DISPLAY: "w" }, xdg],
      ["linux", { PATH, DISPLAY: "" }, undefined],
      ["linux", { PATH: "/nowhere", DISPLAY: ":0" }, undefined],
    ];
    for (const [platform, env, opener] of cases) assert.deepEqual(openerOf(url, platform, env), opener);
    assert.equal(await openPage(xdg), `${program} exited with 3`);
    assert.match((await openPage([join(PATH, "missing")])) ?? "", /ENOENT/);
  });
});

describe("the newest page of a report", () => {
  it("is looked for among the verifier's own", async () => {
    await using scratch = await Scratch.make();
    await scratch.file("reports/page.html", "<title>other</title>");
    await scratch.file("reports/folder.html/file", "");
    await scratch.file("reports/other/proof.html", "<title>Affinity: fail");
    assert.equal(await newestReport(scratch.folder, "dev"), undefined);
    for (const [name, second] of [
      ["reports/old.html", 1],
      ["new.html", 2],
      ["reports/dev/proof.html", 3],
    ] as const) {
      const page = await scratch.file(name, "<!doctype html>\n<title>Affinity: pass – x</title>");
      await utimes(page, second, second);
      assert.equal(await newestReport(scratch.folder, "dev"), page);
    }
  });
});
