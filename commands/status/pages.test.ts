import assert from "node:assert/strict";
import { join } from "node:path";
import { type Answer, openerOf, openPage } from "./browser";
import { pageLine, pagesOf } from "./pages";
import type { StackOutputs } from "./stack";
import { Scratch } from "../../lib/testing/scratch";

const report = "/project/reports/dev/a b.html";
const hint = "kubectl port-forward service/plano 12000:12000  # then http://localhost:12000 answers";
const [jaeger, models] = ["http://10.231.0.2:31686", "http://10.231.0.2:32000/v1/models"];
const direct = { gatewayUrl: "http://10.231.0.2:32000/", gatewayHint: "", jaegerUrl: jaeger, jaegerHint: "" };
const [first, later] = ["a", "b"].map((digit) => digit.repeat(32)) as [string, string];
const affinity = { verdict: "pass", reason: null, replicas: [], sessions: [], checks: [] } as const;
const proved = (traces = { first, later }): StackOutputs => ({ ...direct, affinity: { ...affinity, traces } });

const atJaeger = `  Jaeger   ${jaeger}`;
const atGateway = `  gateway  ${models}`;
const atReport = "  report   file:///project/reports/dev/a%20b.html";

interface Case {
  readonly outputs?: StackOutputs;
  readonly report?: string;
  /** What addresses that end like this answer; all others say nothing that matters. */
  readonly answers?: Readonly<Record<string, Answer | string>>;
  readonly lines: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  "are told by what makes them": {
    lines: [
      "  Jaeger   the stack is not up: npm start",
      "  gateway  the stack is not up: npm start",
      "  report   none yet: npm start, and each up that proves, makes one",
    ],
  },
  "name the command that leads there, and who else has the traces": {
    outputs: { gatewayUrl: "http://localhost:12000", gatewayHint: hint },
    report,
    lines: [
      "  Jaeger   none: traces go to otlpEndpoint",
      `  gateway  http://localhost:12000/v1/models\n           first run: ${hint}`,
      atReport,
    ],
  },
  "are the traces of a session of the last proof": {
    outputs: proved(),
    report,
    lines: [
      `${atJaeger}/trace/${first}  (a session's first request)`,
      `${atJaeger}/trace/${later}  (a later one)`,
      atGateway,
      atReport,
    ],
  },
  "are Jaeger's own where it has forgotten them": {
    outputs: proved(),
    report,
    answers: { [later]: { status: 404, head: "" } },
    lines: [atJaeger, atGateway, atReport],
  },
  "are no traces whose ids are something else": {
    outputs: proved({ first, later: `${later}&x` }),
    report,
    lines: [atJaeger, atGateway, atReport],
  },
  "say that a Jaeger has no page": {
    outputs: proved(),
    report,
    answers: { "31686": { status: 200, head: "<h1>🥋: This is not the Jaeger UI you are looking for!</h1>" } },
    lines: [
      `${atJaeger}\n           this Jaeger was built without its page; the report draws a session's traces`,
      atGateway,
      atReport,
    ],
  },
  "say what does not answer": {
    outputs: direct,
    report,
    answers: { "31686": "connection refused" },
    lines: [`${atJaeger}\n           does not answer: connection refused`, atGateway, atReport],
  },
};

describe("the pages of a stack", () => {
  for (const [name, { outputs, report: file, answers = {}, lines }] of Object.entries(cases))
    it(name, async () => {
      const visit = async (url: string): Promise<Answer | string> =>
        Object.entries(answers).find(([ending]) => url.endsWith(ending))?.[1] ?? { status: 200, head: "" };
      assert.deepEqual((await pagesOf(outputs, file, visit)).map(pageLine), lines);
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
