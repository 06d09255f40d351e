import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments } from "./arguments";

const replicas = ["--replica", "a=http://127.0.0.1:1", "--replica", "b=http://127.0.0.1:2"];
const wholeNumber = (value: string, from: number, to: number): RegExp =>
  new RegExp(`^\\S+: ${value} is not a whole number from ${from} to ${to}; give one, e\\.g\\. \\S+ \\d+$`);
const noNumber = /^--sessions: "[^"]*" is not a number; e\.g\. --sessions 4$/;
const noTime = /^--timeout: \S+ is not a time from 0 to 3600 seconds; e\.g\. --timeout 60$/;
const noHeader = /^--session-prefix: it goes into a header; use 1 to 200 visible ASCII characters without spaces$/;
const noTenant = /^--tenant: it is not a header name and a value; write NAME=VALUE, e\.g\. --tenant x-tenant-id=acme$/;
const ownHeader =
  /^--tenant: the header \S+ is set by every request itself; name the header that the gateway takes the tenant from$/;
const fewPrompts = /^--prompts: there are fewer than two different prompts; list some that need different models, one a line$/;
const jaegerLogin =
  /^--jaeger-url: the URL has a user name or password, and Jaeger is read without; name an address of Jaeger that asks for no login, e\.g\. of a port-forward$/;

describe("a bad value of an option", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "verify-"));
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "comments"), "# one\n# two\n\n");
    writeFileSync(join(folder, "same"), "one\n one \n");
  });
  after(() => rmSync(folder, { recursive: true }));

  /** `~` stands for the folder. Every message is all that is said. */
  const cases: readonly [args: readonly string[], message: RegExp][] = [
    [["--sessions", "0"], wholeNumber("0", 1, 1_000_000)],
    [["--sessions", "-1"], wholeNumber("-1", 1, 1_000_000)],
    [["--sessions=-1"], wholeNumber("-1", 1, 1_000_000)],
    [["--sessions", "1.5"], wholeNumber("1\\.5", 1, 1_000_000)],
    [["--sessions", "1e9"], wholeNumber("1000000000", 1, 1_000_000)],
    [["--sessions", "Infinity"], wholeNumber("Infinity", 1, 1_000_000)],
    [["--sessions", "4", "--sessions", "0"], wholeNumber("0", 1, 1_000_000)],
    [["--sessions", "abc"], noNumber],
    [["--sessions", "NaN"], noNumber],
    [["--sessions", ""], noNumber],
    [["--sessions", " "], noNumber],
    [["--sessions", "1,000"], noNumber],
    [["--rounds", "1001"], wholeNumber("1001", 2, 1_000)],
    [["--pin", "loose"], /^--pin: "loose" is no kind of pin; choose from fixed, anchored$/],
    [["--pin", "anchored", "--checks", "expiry"], /^--checks: the check expiry waits .*; leave expiry out with --pin anchored$/],
    [["--ttl", "1e12"], wholeNumber("1000000000000", 1, 31_536_000)],
    [["--concurrency", "1025"], wholeNumber("1025", 1, 1_024)],
    [["--max-failed-requests", "-1"], wholeNumber("-1", 0, 1_000_000_000)],
    [["--timeout", "-1"], noTime],
    [["--timeout", "1e9"], noTime],
    [["--timeout", "Infinity"], noTime],
    [["--prompts", "~/empty"], fewPrompts],
    [["--prompts", "~/comments"], fewPrompts],
    [["--prompts", "~/same"], fewPrompts],
    [["--prompts", "~"], /^--prompts: EISDIR: .*; name a readable text file$/],
    [["--tenant", "x-tenant=a\r\nx-other: b"], noTenant],
    [["--tenant", "x tenant=a"], noTenant],
    [["--tenant", "x-tenant="], noTenant],
    [["--tenant", "="], noTenant],
    [["--tenant", "X-Model-Affinity=a"], ownHeader],
    [["--tenant", "content-length=3"], ownHeader],
    [["--session-prefix", "a b"], noHeader],
    [["--session-prefix", ""], noHeader],
    [["--session-prefix", "x".repeat(201)], noHeader],
    [["--checks", ""], /^--checks: no check is left to run; choose from control, /],
    [["--checks", "Control"], /^--checks: there is no check "Control"; choose from control, /],
    [["--report", "json="], /^--report: there is no path; e\.g\. --report json=report\.json$/],
    [["--report", "json=~/empty/report.json"], /^--report: \S+ cannot be written: \S+\/empty is no directory; /],
    [["--report", "json=~/no/report.json"], /^--report: \S+ cannot be written: ENOENT: /],
    [
      ["--report", "json=~/a", "--report", "junit=~/./a"],
      /^--report: \S+\/a is named twice; give each report a file of its own$/,
    ],
    [["--report", "json=~"], /^--report: \S+ is a directory; /],
    [["--redis-url", "127.0.0.1:6379"], /^--redis-url: the URL cannot be read; write redis:\/\/ or rediss:\/\/ and a host, /],
    [["--jaeger-url", "jaeger:16686"], /^--jaeger-url: a URL of the kind jaeger:\/\/ does not fit here; write http:\/\/ or /],
    [["--jaeger-url", "http://user:geheim@h"], jaegerLogin],
    [["--jaeger-url", "https://geheim@h:16686/jaeger"], jaegerLogin],
    [["--jaeger-url", "http://:geheim@h"], jaegerLogin],
  ];
  for (const [args, message] of cases) {
    it(`is refused: ${JSON.stringify(args.join(" ")).slice(0, 60)}`, () => {
      const typed = args.map((arg) => arg.replace("~", folder));
      assert.throws(() => parseArguments([...replicas, ...typed]), { name: "UsageError", message });
    });
  }

  const targets: readonly [args: readonly string[], message: RegExp][] = [
    [
      ["--replica", "a=http://"],
      /^--replica: the URL cannot be read; write http:\/\/ or https:\/\/ and a host, e\.g\. --replica a=/,
    ],
    [["--replica", "a=http://h:99999"], /^--replica: the URL cannot be read; /],
    [["--replica", "a=127.0.0.1:12000"], /^--replica: the URL cannot be read; /],
    [["--replica", "a=h:1"], /^--replica: a URL of the kind h:\/\/ does not fit here; /],
    [["--replica", "=http://h"], /^--replica: it is empty; give it a value or leave the option out$/],
    [
      ["a", "b", "c"].flatMap((name) => ["--replica", `${name}=http://h:1`]),
      /^--replica: "a" and "b" are the same URL, http:\/\/h:1; .*\n--replica: "b" and "c" are the same URL, http:\/\/h:1; .*$/,
    ],
    [
      ["--replica", "a=http://h:1", "--replica", "a=http://h:1"],
      /^--replica: the name "a" is given twice; name each replica once$/,
    ],
    [["--url", ""], /^--url: the URL cannot be read; /],
    [["--namespace", ""], /^--namespace: it is empty; give it a value or leave the option out$/],
  ];
  for (const [args, message] of targets) {
    it(`is refused: ${args.join(" ").slice(0, 60)}`, () => {
      assert.throws(() => parseArguments(args), { name: "UsageError", message });
    });
  }
});
