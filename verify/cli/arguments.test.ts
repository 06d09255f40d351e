import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HelpRequested, parseArguments, type CliRequest } from "./arguments";
import { UsageError } from "../common/errors";

const replicas = ["--replica", "a=http://127.0.0.1:1", "--replica", "b=http://127.0.0.1:2"];

function parse(line: string): CliRequest {
  return parseArguments(line === "" ? [] : line.split(" "));
}

describe("the command line", () => {
  it("means the demo on Kubernetes by default", () => {
    const { options, quiet, color, reports } = parse("");
    assert.deepEqual(options.target, {
      kind: "kubernetes",
      context: undefined,
      namespace: "plano-demo",
      selector: "app=plano",
      redis: { selector: "app=redis" },
      jaeger: { selector: "app=jaeger" },
    });
    assert.deepEqual([options.sessions, options.rounds, options.ttlSeconds, options.timeoutSeconds], [4, 4, 600, 60]);
    assert.deepEqual(options.checks, ["control", "pinning", "redis", "traces"]);
    assert.equal(options.model, "openai/gpt-4o-mini");
    assert.deepEqual([quiet, color, reports], [false, true, []]);
  });

  it("takes a leading verify, as the installed command has it", () => {
    assert.equal(parse("verify --sessions 7").options.sessions, 7);
  });

  it("runs those checks for which named replicas have what they need", () => {
    assert.deepEqual(parseArguments(replicas).options.checks, ["control", "pinning"]);
    const withBoth = parseArguments([...replicas, "--redis-url", "redis://h:1", "--jaeger-url", "http://h:2"]);
    assert.deepEqual(withBoth.options.checks, ["control", "pinning", "redis", "traces"]);
  });

  it("runs the checks that are asked for, also where they cannot be measured, and leaves redis out on demand", () => {
    assert.deepEqual(parseArguments([...replicas, "--checks", "pinning, redis"]).options.checks, ["pinning", "redis"]);
    assert.deepEqual(parse("--skip-redis-inspect").options.checks, ["control", "pinning", "traces"]);
  });

  it("reads prompts, tenant and reports", () => {
    const folder = mkdtempSync(join(tmpdir(), "verify-"));
    try {
      const file = join(folder, "prompts.txt");
      writeFileSync(file, "# comment\nfirst prompt\n\n  second prompt  \r\n");
      const path = join(folder, "report.json");
      const { options, reports } = parse(`--prompts ${file} --tenant x-tenant=a=b --report json=${path}`);
      assert.deepEqual(options.prompts, ["first prompt", "second prompt"]);
      assert.deepEqual(options.tenant, { name: "x-tenant", value: "a=b" });
      assert.deepEqual(
        reports.map(({ format, path: to }) => [format.id, to]),
        [["json", path]],
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("explains itself with the checks and formats that exist", () => {
    assert.throws(
      () => parse("--help"),
      (error: unknown) => {
        assert.ok(error instanceof HelpRequested);
        assert.match(error.message, /--checks <ids>\s+comma-separated, from\s+control,\s+pinning,\s+redis,\s+traces/);
        assert.match(error.message, /formats: json/);
        return true;
      },
    );
  });
});

describe("bad usage", () => {
  const cases: readonly [string, RegExp][] = [
    ["--sessions 0", /^--sessions: 0 is not a whole number from 1 to/],
    ["--sessions -1", /^--sessions: -1 is not a whole number/],
    ["--sessions abc", /^--sessions: "abc" is not a number; e\.g\. --sessions 4$/],
    ["--sessions 1.5", /^--sessions: 1\.5 is not a whole number/],
    ["--sessions", /^arguments: option '--sessions <n>' argument missing/],
    ["--rounds 1", /^--rounds: 1 is not a whole number from 2 to/],
    ["--ttl 0", /^--ttl: 0 is not/],
    ["--concurrency 0", /^--concurrency: 0 is not/],
    ["--timeout 0", /^--timeout: 0 is not a time from 0 to 3600 seconds/],
    ["--timeout soon", /^--timeout: "soon" is not a number/],
    [
      "--checks control,nonsense",
      /^--checks: there is no check "nonsense"; choose from control, pinning, redis, traces, race, expiry, scale, faults$/,
    ],
    ["--checks redis --skip-redis-inspect", /^--checks: no check is left to run/],
    ["--replica a=http://h:1 --replica a=http://h:2", /^--replica: the name "a" is given twice/],
    ["--replica a=http://h:1 --replica b=http://H:1/", /^--replica: "a" and "b" are the same URL, http:\/\/h:1/],
    ["--replica a=nonsense", /^--replica: the URL cannot be read/],
    ["--replica a=ftp://h", /^--replica: a URL of the kind ftp:\/\/ does not fit here/],
    ["--replica http://h:1", /^--replica: it is empty/],
    ["--url nonsense", /^--url: the URL cannot be read/],
    ["--url http://h --replica a=http://h", /^--replica and --url: they name different targets; give only one of them/],
    ["--url http://h --checks pinning", /^--checks: a smoke test has no checks to choose/],
    ["--redis-url http://h", /^--redis-url: a URL of the kind http:\/\/ does not fit here; write redis:\/\/ or rediss:\/\//],
    ["--jaeger-url redis://h", /^--jaeger-url: a URL of the kind redis:\/\//],
    ["--tenant nonsense", /^--tenant: it is not a header name and a value/],
    ["--session-prefix ü", /^--session-prefix: it goes into a header/],
    ["--prompts /nowhere/prompts.txt", /^--prompts: ENOENT/],
    ["--report json=/nowhere/report.json", /^--report: \/nowhere\/report\.json cannot be written/],
    ["--report json=/", /^--report: \/ is a directory/],
    ["--report json", /^--report: "json" is not FORMAT=PATH/],
    ["--report xml=a.xml", /^--report: "xml=a\.xml" is not FORMAT=PATH with a format that exists \(json, junit, ctrf, html\)/],
    ["--model ", /^--model: it is empty/],
    ["--nonsense", /^--nonsense: there is no such option; see --help$/],
    ["word", /^arguments: "word" is not expected here/],
  ];
  for (const [line, message] of cases) {
    it(`refuses ${line}`, () => assert.throws(() => parse(line), { name: "UsageError", message }));
  }

  it("is reported all at once", () => {
    assert.throws(
      () => parse("--sessions 0 --rounds 1 --checks x --report json=/nowhere/r.json --nope"),
      (error: unknown) => {
        assert.ok(error instanceof UsageError);
        assert.deepEqual(error.violations.map(({ path }) => path).sort(), [
          "--checks",
          "--nope",
          "--report",
          "--rounds",
          "--sessions",
        ]);
        return true;
      },
    );
  });

  for (const line of ["--redis-url http://:geheim@h", "--jaeger-url http://user:geheim@h", "--jaeger-url user:geheim@h"]) {
    it(`does not repeat a password: ${line}`, () => {
      assert.throws(
        () => parse(line),
        (error: unknown) => error instanceof UsageError && !String(error).includes("geheim"),
      );
    });
  }
});
