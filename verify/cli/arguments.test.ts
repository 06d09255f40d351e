import assert from "node:assert/strict";
import fc from "fast-check";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { parseArguments, type CliRequest } from "./arguments";
import { confirm, type Terminal } from "./consent";
import { apiNames, turnKinds } from "../apis";
import { UsageError } from "../common/errors";
import { deadlineSeconds, defaultImage, jobArguments, promptsFile, type JobOptions } from "../in-cluster/job-options";
import { contracts } from "../contracts";
import { defaultOptions, frontDoorCheckIds } from "../options";

const two = "--replica a=http://127.0.0.1:1 --replica b=http://127.0.0.1:2";
const all = ["control", "pinning", "redis", "traces", "race"];
let folder: string;

/** Words are parted by spaces, `~` stands for the folder, and `''` for an empty word. */
function parse(line: string, terminal?: Terminal): CliRequest {
  const words = line === "" ? [] : line.split(" ").map((word) => (word === "''" ? "" : word.replace("~", folder)));
  return parseArguments(words, terminal);
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), "arguments-"));
  writeFileSync(join(folder, "empty"), "");
  symlinkSync("a", join(folder, "to-a"));
  symlinkSync("/nowhere/a", join(folder, "to-nowhere"));
  writeFileSync(join(folder, "comments"), "# one\n# two\n\nthree\n three \n");
  writeFileSync(join(folder, "prompts"), "# comment\nfirst prompt\n\n  second prompt  \r\n");
});
after(() => rmSync(folder, { recursive: true }));

describe("the command line", () => {
  it("means the demo on Kubernetes by default, with a leading verify or without", () => {
    const { options, quiet, color, reports } = parse("");
    assert.deepEqual(options.target, { ...defaultOptions.target, context: undefined });
    assert.deepEqual([options.sessions, options.rounds, options.ttlSeconds, options.timeoutSeconds], [4, 4, 600, 60]);
    assert.deepEqual([options.checks, options.model], [all, "openai/gpt-4o-mini"]);
    assert.deepEqual([quiet, color, reports], [false, true, []]);
    assert.equal(parse("verify --sessions 7").options.sessions, 7);
  });

  it("runs the checks that are asked for, else those for which the target has what they need", () => {
    const checks = (line: string): readonly string[] => parse(line).options.checks;
    assert.deepEqual(checks(two), ["control", "pinning", "race"]);
    assert.deepEqual(checks(`${two} --redis-url redis://h:1 --jaeger-url http://h:2`), all);
    assert.deepEqual(checks(`${two} --checks pinning,,redis`), ["pinning", "redis"]);
    assert.deepEqual(checks("--skip-redis-inspect"), ["control", "pinning", "traces", "race"]);
    const door = "--url http://h --redis-url redis://h:1 --jaeger-url http://h:2";
    const target = { kind: "url", url: "http://h", redisUrl: "redis://h:1", jaegerUrl: "http://h:2" } as const;
    assert.deepEqual(parse(door).options.target, target);
    assert.deepEqual(parse(`${door} --skip-redis-inspect`).options.target, { ...target, redisUrl: undefined });
    assert.deepEqual(frontDoorCheckIds({}, target), ["control", "front-door", "redis"]);
    assert.deepEqual(frontDoorCheckIds({ contract: contracts["header-only"] }, target), ["control", "front-door"]);
    assert.deepEqual(frontDoorCheckIds({}, { kind: "url", url: "http://h", redisUrl: "redis://h:1" }), []);
    assert.deepEqual(checks("--api routing"), ["control", "pinning", "redis", "race"]);
    assert.match(parse("--api routing").leftOut, /^Left out: traces, for decisions \(--api routing\) .*\n$/);
    assert.deepEqual(checks("--api routing --checks traces"), ["traces"]);
  });

  it("says what is left out although a contract or Redis was named for it", () => {
    const leftOut = (line: string): string => parse(line).leftOut;
    const [redis, traces] = ["Left out: redis, which needs --redis-url.\n", "Left out: traces, which needs --jaeger-url.\n"];
    assert.deepEqual([two, `${two} --contract plano`].map(leftOut), ["", redis + traces]);
    const untold = (ids: string, by: string): string => `Left out: ${ids}, of which the contract ${by} says nothing.\n`;
    assert.equal(leftOut(`${two} --contract litellm`), redis + untold("traces", "litellm"));
    assert.equal(leftOut(`${two} --contract litellm --skip-redis-inspect`), untold("traces", "litellm"));
    const door = "--url http://h --redis-url redis://h:1";
    assert.equal(leftOut(door), "Left out: redis, which needs --jaeger-url or a contract's replicaHeader.\n");
    assert.equal(leftOut(`${door} --contract header-only`), untold("redis and traces", "header-only"));
    for (const more of ["--skip-redis-inspect", "--jaeger-url http://h"]) assert.equal(leftOut(`${door} ${more}`), "");
  });

  it("reads prompts, tenant and reports", () => {
    const { options, reports } = parse("--prompts ~/prompts --tenant x-tenant=a=b --report json=~/report.json");
    assert.deepEqual(options.prompts, ["first prompt", "second prompt"]);
    assert.deepEqual(options.tenant, { name: "x-tenant", value: "a=b" });
    assert.deepEqual(reports, [{ format: "json", path: join(folder, "report.json") }]);
  });

  it("explains itself with the checks and formats that exist", () => {
    const message = /--checks <ids>\s+comma-separated, from\s+control,\s+pinning,\s+redis,\s+traces[^]*formats: json/;
    assert.throws(() => parse("--help"), { name: "HelpRequested", message });
    const end = /PLANO_AFFINITY_REDIS_PASSWORD is the password of Redis,[^]* 3 bad usage, or the verifier itself failed\.\n$/;
    assert.throws(() => parse("--help"), { message: end });
  });
});

describe("bad usage", () => {
  const encoded = "a % in the user name or password is not encoded; write %25 for it";
  const whole = (value: string, from: number, to: number): string =>
    `${value} is not a whole number from ${from} to ${to}; give one, e.g. `;
  const number = (text: string): string => `"${text}" is not a number; e.g. --sessions 4`;
  const time = (value: string): string => `${value} is not a time above 0 and up to 3600 seconds; e.g. --timeout 60`;
  const header = "it goes into a header; use 1 to 200 visible ASCII characters without spaces";
  const tenant = "it is not a header name and a value; write NAME=VALUE, e.g. --tenant x-tenant-id=acme";
  const own = "is set by every request itself; name the header that the gateway takes the tenant from";
  const few = "there are fewer than two different prompts; list some that need different models, one a line";
  const login =
    "the URL has a user name or password, and Jaeger is read without; name an address of Jaeger that asks for no login, e.g. of a port-forward";
  const job = "a Job finds the replicas by itself, as pods of its namespace";
  const secret = "its user name or password would stand in the manifests";
  const decision = "the API routing answers with a decision, which is not streamed";
  const empty = "it is empty; give it a value or leave the option out";
  const query = "what follows ? or # in the URL is not read; write redis://USER:PASSWORD@HOST:PORT/DATABASE";
  const choose = "choose from control, pinning, redis, traces, race, expiry, scale, faults";

  /** The option that is blamed, or what the message begins with, and how the rest of it begins. */
  const cases: readonly [line: string, path: string, said: string | RegExp][] = [
    ["--sessions 0", "--sessions", whole("0", 1, 1_000_000)],
    ["--sessions 1.5", "--sessions", whole("1.5", 1, 1_000_000)],
    ["--sessions ''", "--sessions", number("")],
    ["--sessions", "arguments", "option '--sessions <n>' argument missing"],
    ["--rounds 1", "--rounds", whole("1", 2, 1_000)],
    ["--ttl 0", "--ttl", whole("0", 1, 31_536_000)],
    ["--concurrency 0", "--concurrency", whole("0", 1, 1_024)],
    ["--rate 0", "--rate", whole("0", 1, 1_000)],
    ["--max-failed-requests -1", "--max-failed-requests", whole("-1", 0, 1_000_000_000)],
    ["--timeout 0", "--timeout", time("0")],
    ["--timeout soon", "--timeout", '"soon" is not a number; e.g. --timeout 60'],
    ["--pin loose", "--pin", '"loose" is no kind of pin; choose from fixed, anchored'],
    ["--api completions", "--api", 'there is no API "completions"; choose from chat, messages, responses, routing'],
    ["--turns 3", "--turns", '"3" is no kind of turns; choose from user, tools'],
    ["--stream --api routing", "--stream", `${decision}; leave it out, or choose another --api`],
    ["--model ''", "--model", "it is empty"],
    ["--prompts ~/comments", "--prompts", few],
    ["--prompts ~", "--prompts", /^\S+ is a directory; name a readable text file$/],
    ["--prompts /dev/zero", "--prompts", "/dev/zero has more than 16384 KiB"],
    ["--prompts /nowhere/prompts.txt", "--prompts", "ENOENT"],
    ["--tenant nonsense", "--tenant", tenant],
    ["--tenant x-tenant=a\r\nx-other:b", "--tenant", tenant],
    ["--tenant X-Model-Affinity=a", "--tenant", `the header X-Model-Affinity ${own}`],
    ["--tenant content-length=3", "--tenant", `the header content-length ${own}`],
    ["--session-prefix ü", "--session-prefix", header],
    [`--session-prefix ${"x".repeat(201)}`, "--session-prefix", header],
    ["--checks ''", "--checks", `no check is left to run; ${choose}`],
    ["--checks redis --skip-redis-inspect", "--checks", "no check is left to run"],
    ["--checks control,Nonsense", "--checks", `there is no check "Nonsense"; ${choose}`],
    ["--report json", "--report", '"json" is not FORMAT=PATH'],
    ["--report xml=a.xml", "--report", '"xml=a.xml" is not FORMAT=PATH with a format that exists (json, junit, ctrf, html)'],
    ["--report json=", "--report", "there is no path; e.g. --report json=report.json"],
    ["--report json=~/empty/report.json", "--report", /^\S+ cannot be written: ENOTDIR: /],
    ["--report json=/nowhere/report.json", "--report", "/nowhere/report.json cannot be written: ENOENT: "],
    ["--report json=/", "--report", "/ is a directory"],
    ["--report json=~/a --report junit=~/./a", "--report", /^\S+\/a is named twice; give each report a file of its own$/],
    ["--report json=~/a --report junit=~/to-a", "--report", /^\S+\/a is named twice; /],
    ["--report json=~/to-nowhere", "--report", /^\S+\/to-nowhere cannot be written: ENOENT: /],
    ["--report json=- --report json=-", "--report", "standard output is named twice; give each report a file"],
    ["--redis-url 127.0.0.1:6379", "--redis-url", "the URL cannot be read; write redis:// or rediss:// and a host, "],
    ["--redis-url http://:geheim@h", "--redis-url", "a URL of the kind http:// does not fit here; write redis:// or rediss://"],
    ["--redis-url rediss://:geheim%@h", "--redis-url", encoded],
    ["--replica a=http://:geheim%@h", "--replica", encoded],
    ["--jaeger-url user:geheim@h", "--jaeger-url", "a URL of the kind user://"],
    ["--redis-url redis://:geheim@h/abc", "--redis-url", "the path of the URL is no number of a database; e.g. redis://"],
    ["--jaeger-url http://:geheim@h", "--jaeger-url", login],
    ["--replica a=http://h:1 --replica a=http://h:1", "--replica", 'the name "a" is given twice; name each replica once'],
    ["--replica a=http://h:1 --replica b=http://H:1/", "--replica", '"a" and "b" are the same URL, http://h:1;'],
    ["--replica a=http://", "--replica", "the URL cannot be read; write http:// or https:// and a host, e.g. --replica a="],
    ["--replica a=ftp://h", "--replica", "a URL of the kind ftp:// does not fit here"],
    ["--replica http://h:1", "--replica", empty],
    ["--url http://h --replica a=http://h", "--replica and --url", "they name different targets; give only one of them"],
    ["--url http://h --checks pinning", "--checks", "a load balancer has checks of its own; leave it out with --url"],
    ["--url http://h --jaeger-url http://geheim@h:16686", "--jaeger-url", login],
    ["--namespace ''", "--namespace", empty],
    ["--nonsense --sessions 0", "--nonsense", "there is no such option; see --help\n--sessions: 0 is not"],
    ["word", "arguments", '"word" is not expected here'],
    [`--in-cluster ${two}`, "--in-cluster", job],
    ["--in-cluster=run", "arguments", "option '--in-cluster [apply]' argument 'run' is invalid. Allowed choices are apply"],
    ["--in-cluster --report json=r.json", "--report", "manifests are printed and nothing is run"],
    ["--in-cluster=apply --image -x", "--image", "it is no reference of an image; name one with Node.js 20"],
    ["--image node:22", "--image", "it names the image of a Job in the cluster; add --in-cluster"],
    ["--in-cluster --redis-url redis://:geheim@h:1", "--redis-url", secret],
    ["--in-cluster --redis-url redis://h:1?password=geheim", "--redis-url", query],
    ["--redis-url redis://h:1/?db=geheim#3", "--redis-url", query],
  ];
  for (const [line, path, said] of cases) {
    it(`is refused: ${line.slice(0, 60)}`, () => {
      assert.throws(
        () => parse(line),
        ({ name, message }: Error) => {
          assert.equal(name, "UsageError");
          assert.equal(message.slice(0, path.length + 2), `${path}: `);
          const rest = message.slice(path.length + 2);
          assert.ok(typeof said === "string" ? rest.startsWith(said) : said.test(rest), message);
          return !message.includes("geheim");
        },
      );
    });
  }
});

function terminal(isTTY: boolean): Terminal & { readonly input: PassThrough; readonly output: PassThrough } {
  return { input: Object.assign(new PassThrough(), { isTTY }), output: Object.assign(new PassThrough(), { isTTY }) };
}

describe("the question before a deployment is disturbed", () => {
  const never = new AbortController().signal;

  for (const [typed, is] of Object.entries({ "y\n": true, "YES\n": true, "\n": false, "n\n": false, "yesterday\n": false })) {
    it(`takes ${JSON.stringify(typed)} for ${is ? "a yes" : "a no"}`, async () => {
      const tty = terminal(true);
      const answer = confirm(["this will be done", "  to that"], tty, never);
      tty.input.write(typed);
      assert.equal(await answer, is);
      assert.equal(String(tty.output.read()), "this will be done\n  to that\nContinue? [y/N] ");
    });
  }

  it("takes the end of the input for a no, and an interruption before and while it asks", async () => {
    const tty = terminal(true);
    const ended = confirm(["x"], tty, never);
    tty.input.end();
    assert.equal(await ended, false);
    assert.equal(await confirm(["x"], terminal(true), AbortSignal.abort()), false);
    const interruption = new AbortController();
    const answer = confirm(["x"], terminal(true), interruption.signal);
    interruption.abort();
    assert.equal(await answer, false);
  });
});

describe("consent on the command line", () => {
  const consent = (line: string, isTTY = true): readonly boolean[] => {
    const { options, asksFirst } = parse(line, terminal(isTTY));
    return [options.allowDisruption ?? false, asksFirst];
  };
  const refusal = (message: string) => ({ name: "UsageError", message });

  it("is asked for on a terminal, given by --yes with a namespace, and not needed for other checks", () => {
    assert.deepEqual(consent("--checks scale,faults"), [true, true]);
    assert.deepEqual(consent("--checks faults --yes --namespace mine", false), [true, false]);
    for (const line of ["--checks pinning", "--checks pinning --yes"]) assert.deepEqual(consent(line, false), [false, false]);
  });

  it("is not given by --yes alone, which could act on anything", () => {
    const message = "--yes: it acts without asking, so name what it may act on; add --namespace plano-demo";
    for (const isTTY of [true, false]) assert.throws(() => consent("--checks faults --yes", isTTY), refusal(message));
  });

  it("needs a terminal", () => {
    const noTerminal = "the deployment, and there is no terminal to ask on; add --yes";
    const both = `--checks: scale and faults change ${noTerminal} and --namespace plano-demo`;
    assert.throws(() => consent("--checks scale,faults", false), refusal(both));
    const one = `--checks: scale changes ${noTerminal}`;
    assert.throws(() => consent("--checks scale --namespace mine", false), refusal(one));
    assert.throws(() => parse("--checks scale", { ...terminal(true), output: terminal(false).output }), UsageError);
  });

  it("does not help without a Deployment, or in the cluster", () => {
    const remedy = "leave it out, or verify the pods of a cluster with --namespace";
    const none = `--checks: faults changes a Deployment, and --replica names none; ${remedy}`;
    assert.throws(() => parse(`--checks faults --yes ${two}`), refusal(none));
    assert.throws(() => parse("--checks faults --url http://h"), { message: /^--checks: faults .*--url names none; /m });
    for (const check of ["scale", "faults"]) {
      const message = new RegExp(`^--checks: ${check} cannot be run in the cluster yet; run it from outside`, "m");
      assert.throws(() => parse(`--in-cluster --checks pinning,${check} --yes --namespace x`), { message });
    }
  });
});

/** Words as they may be given: visible ASCII, some beginning with a dash. */
const word = fc.stringMatching(/^[!-~]{1,12}$/).filter((text) => text.trim() !== "");
const prompt = fc.string({ minLength: 1, unit: "grapheme" }).map((text) => `q${text.replace(/[\r\n]/g, " ")}`.trim());

const anyRecord = fc.record({
  target: fc.record({
    kind: fc.constant("kubernetes" as const),
    context: fc.constant(undefined),
    namespace: word,
    selector: word,
    redis: fc.constantFrom({ selector: "app=redis" }, { url: "rediss://h:6380/1" }),
    jaeger: fc.constantFrom({ selector: "app=jaeger" }, { url: "http://h:16686/x" }),
  }),
  sessions: fc.integer({ min: 1, max: 1_000_000 }),
  rounds: fc.integer({ min: 2, max: 1_000 }),
  sessionPrefix: fc.option(word, { nil: undefined }),
  checks: fc.subarray(all, { minLength: 1 }),
  ttlSeconds: fc.integer({ min: 1, max: 31_536_000 }),
  contract: fc.constantFrom(undefined, ...Object.values(contracts)),
  pin: fc.constantFrom("fixed" as const, "anchored" as const),
  api: fc.constantFrom(...apiNames),
  stream: fc.boolean(),
  turns: fc.constantFrom(...turnKinds),
  model: word,
  prompts: fc.option(fc.uniqueArray(prompt, { minLength: 2, maxLength: 5 }), { nil: undefined }),
  tenant: fc.option(fc.record({ name: fc.stringMatching(/^[A-Za-z0-9-]{1,9}$/), value: word }), { nil: undefined }),
  concurrency: fc.integer({ min: 1, max: 1_024 }),
  timeoutSeconds: fc.double({ min: 0.001, max: 3_600, noNaN: true }),
  maxFailedRequests: fc.integer({ min: 0, max: 1_000_000_000 }),
  redisCa: fc.constant(undefined),
  authorization: fc.constant(undefined),
  rate: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  // The checks that need it are not run in the cluster.
  allowDisruption: fc.constant(false),
});
const anyOptions = anyRecord.map((all): JobOptions => {
  return { ...all, pin: all.contract === undefined ? all.pin : undefined, stream: all.stream && all.api !== "routing" };
});

describe("a run in the cluster", () => {
  it("prints by default and applies on demand, and takes report files with apply", () => {
    const request = (line: string) => parse(line).inCluster;
    assert.equal(request("--sessions 4"), undefined);
    for (const line of ["--in-cluster", "--in-cluster --quiet"]) {
      assert.deepEqual(request(line), { mode: "print", image: defaultImage });
    }
    assert.deepEqual(request("--in-cluster=apply --image r/n:1"), { mode: "apply", image: "r/n:1" });
    assert.deepEqual(request("--in-cluster apply"), { mode: "apply", image: defaultImage });
    assert.equal(parse("--in-cluster=apply --report json=-").reports[0]?.path, "-");
  });

  it("has the options of the Job from its arguments", () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const file = join(folder, promptsFile);
        writeFileSync(file, options.prompts?.join("\n") ?? "");
        const args = jobArguments(options).map((arg) => (arg === `--prompts=${promptsFile}` ? `--prompts=${file}` : arg));
        const read = parseArguments(args);
        // fast-check makes objects without a prototype.
        assert.deepEqual(read.options, structuredClone(options));
        assert.deepEqual(read.reports, [{ format: "json", path: "-" }]);
      }),
    );
  });

  it("leaves every request its time, and pins theirs to run out, for a day at most", () => {
    assert.equal(deadlineSeconds(defaultOptions), 300 + (5 + 4 + 2 * 3) * 60);
    const checks = ["control", "pinning"];
    assert.equal(deadlineSeconds({ ...defaultOptions, checks, sessions: 17, timeoutSeconds: 0.5 }), 300 + 7);
    const expiry = { ...defaultOptions, checks: ["expiry"], timeoutSeconds: 1 };
    assert.equal(deadlineSeconds(expiry), 300 + 9 + 1_200);
    assert.equal(deadlineSeconds({ ...expiry, pin: "anchored", ttlSeconds: 300 }), 300 + 9 + 1_200);
    assert.equal(deadlineSeconds({ ...defaultOptions, sessions: 1_000_000 }), 86_400);
  });
});

describe("PLANO_AFFINITY_REDIS_PASSWORD", () => {
  const variable = "PLANO_AFFINITY_REDIS_PASSWORD";
  afterEach(() => delete process.env[variable]);
  const redisOf = (line: string) => {
    const { target } = parse(line).options;
    return target.kind === "kubernetes" ? target.redis : undefined;
  };

  it("is the password of the Redis that is found, and of a URL that has none", () => {
    process.env[variable] = "p/w";
    assert.deepEqual(redisOf(""), { selector: "app=redis", password: "p/w" });
    assert.deepEqual(redisOf("--redis-url redis://h:1/2"), { url: "redis://:p%2Fw@h:1/2" });
    assert.deepEqual(redisOf("--redis-url redis://default@h"), { url: "redis://default:p%2Fw@h" });
    assert.deepEqual(redisOf("--redis-url redis://:own@h:1"), { url: "redis://:own@h:1" });
  });

  it("is left out of what a Job is told, which has the password of its cluster", () => {
    process.env[variable] = "geheim";
    assert.ok(!JSON.stringify(parse("--in-cluster --redis-url redis://h:1").options).includes("geheim"));
  });

  it("may be empty, as a Secret's missing key makes it, and does not hide that a URL is none", () => {
    process.env[variable] = "";
    assert.deepEqual(redisOf(""), { selector: "app=redis" });
    process.env[variable] = "geheim";
    assert.throws(() => parse("--redis-url nonsense"), { message: /^--redis-url: the URL cannot be read; (?!.*geheim)/ });
  });
});

describe("PLANO_AFFINITY_REDIS_URL", () => {
  const variable = "PLANO_AFFINITY_REDIS_URL";
  afterEach(() => delete process.env[variable]);

  it("may be empty, as a pipeline without the secret sets it, unlike the option", () => {
    process.env[variable] = "";
    assert.deepEqual(parse("").options.target, { ...defaultOptions.target, context: undefined });
    assert.throws(() => parse("--redis-url="), { message: /^--redis-url: the URL cannot be read; / });
  });

  it("is blamed by its name, and only where it is taken", () => {
    process.env[variable] = "nonsense";
    const message = /^PLANO_AFFINITY_REDIS_URL: the URL cannot be read; .*, e\.g\. PLANO_AFFINITY_REDIS_URL=redis:\/\/127/;
    assert.throws(() => parse(""), { message });
    assert.throws(() => parse("--redis-url typed"), { message: /^--redis-url: / });
  });
});

describe("PLANO_AFFINITY_AUTHORIZATION", () => {
  const variable = "PLANO_AFFINITY_AUTHORIZATION";
  afterEach(() => delete process.env[variable]);

  it("is sent as it is, and by a Job only from its cluster", () => {
    process.env[variable] = "";
    assert.equal(parse(two).options.authorization, undefined);
    process.env[variable] = "Bearer geheim";
    assert.equal(parse(two).options.authorization, "Bearer geheim");
    const message =
      /^PLANO_AFFINITY_AUTHORIZATION: it would stand in the manifests; unset it, and put it under AUTHORIZATION in (?!.*geheim)/;
    assert.throws(() => parse("--in-cluster"), { message });
  });

  it("is refused where it cannot be sent, or the tenant would be", () => {
    const unsent = /^PLANO_AFFINITY_AUTHORIZATION: it cannot be sent in a header; use visible ASCII characters, e\.g\. Bearer /;
    for (const value of ["Bearer geheim\n", "Bearer gehéim"]) {
      process.env[variable] = value;
      assert.throws(() => parse(two), { message: unsent });
    }
    process.env[variable] = "Bearer geheim";
    const taken = /^--tenant: the header Authorization is set by every/;
    assert.throws(() => parse(`${two} --tenant Authorization=a`), { message: taken });
    delete process.env[variable];
    assert.equal(parse(`${two} --tenant Authorization=a`).options.tenant?.value, "a");
  });

  it("is refused where the contract has a header of that name", () => {
    process.env[variable] = "Bearer geheim";
    const contract = { name: "c.yaml", sessionHeader: "Authorization" };
    const message =
      "--contract c.yaml: sessionHeader: PLANO_AFFINITY_AUTHORIZATION would take its place; unset the variable, or name another header";
    assert.throws(() => parseArguments(`${two} --contract c.yaml`.split(" "), undefined, () => contract), { message });
    delete process.env[variable];
    assert.equal(parseArguments(`${two} --contract c.yaml`.split(" "), undefined, () => contract).options.contract, contract);
  });
});
