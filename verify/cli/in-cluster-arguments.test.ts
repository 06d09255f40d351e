import assert from "node:assert/strict";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArguments, redisPassword, withPassword } from "./arguments";
import { deadlineSeconds, jobArguments, promptsFile, type JobOptions } from "../in-cluster/plan";
import { defaultImage } from "../in-cluster/request";
import { defaultOptions } from "..";

/** Words as they may be given: visible ASCII, some beginning with a dash. */
const word = fc.stringMatching(/^[!-~]{1,12}$/).filter((text) => text.trim() !== "");
const prompt = fc.string({ minLength: 1, unit: "grapheme" }).map((text) => `q${text.replace(/[\r\n]/g, " ")}`.trim());

const anyOptions: fc.Arbitrary<JobOptions> = fc.record({
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
  checks: fc.subarray(["control", "pinning", "redis", "traces"], { minLength: 1 }),
  ttlSeconds: fc.integer({ min: 1, max: 31_536_000 }),
  pin: fc.constantFrom("fixed" as const, "anchored" as const),
  model: word,
  prompts: fc.option(fc.uniqueArray(prompt, { minLength: 2, maxLength: 5 }), { nil: undefined }),
  tenant: fc.option(fc.record({ name: fc.stringMatching(/^[A-Za-z0-9-]{1,9}$/), value: word }), { nil: undefined }),
  concurrency: fc.integer({ min: 1, max: 1_024 }),
  timeoutSeconds: fc.double({ min: 0.001, max: 3_600, noNaN: true }),
  maxFailedRequests: fc.integer({ min: 0, max: 1_000_000_000 }),
  // The checks that need it are not run in the cluster.
  allowDisruption: fc.constant(false),
});

describe("the arguments of a Job", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "arguments-"))));
  after(() => rmSync(folder, { recursive: true }));

  it("are read as the options that they were made from", () => {
    fc.assert(
      fc.property(anyOptions, (options) => {
        const file = join(folder, promptsFile);
        writeFileSync(file, options.prompts?.join("\n") ?? "");
        const args = jobArguments(options).map((arg) => (arg === `--prompts=${promptsFile}` ? `--prompts=${file}` : arg));
        const read = parseArguments(args);
        // fast-check makes objects without a prototype.
        assert.deepEqual(read.options, structuredClone(options));
        assert.deepEqual(
          read.reports.map(({ format, path }) => [format.id, path]),
          [["json", "-"]],
        );
      }),
    );
  });
});

describe("the command line, for a run in the cluster", () => {
  const inCluster = (line: string) => parseArguments(line.split(" ")).inCluster;

  it("prints by default and applies on demand", () => {
    assert.equal(inCluster("--sessions 4"), undefined);
    assert.deepEqual(inCluster("--in-cluster"), { mode: "print", image: defaultImage });
    assert.deepEqual(inCluster("--in-cluster --quiet"), { mode: "print", image: defaultImage });
    assert.deepEqual(inCluster("--in-cluster=apply --image r/n:1"), { mode: "apply", image: "r/n:1" });
    assert.deepEqual(inCluster("--in-cluster apply"), { mode: "apply", image: defaultImage });
  });

  it("takes report files with apply, which writes them here", () => {
    const { reports } = parseArguments(["--in-cluster=apply", "--report", "json=-"]);
    assert.deepEqual(
      reports.map(({ path }) => path),
      ["-"],
    );
  });

  const cases: readonly [string, RegExp][] = [
    ["--in-cluster --replica a=http://h:1 --replica b=http://h:2", /^--in-cluster: a Job finds the replicas by itself/],
    ["--in-cluster --url http://h", /^--in-cluster: a Job finds the replicas by itself/],
    ["--in-cluster=run", /^--in-cluster: "run" is not known here; write --in-cluster to print manifests, or --in-cluster=apply$/],
    ["--in-cluster --checks pinning,faults", /^--checks: faults cannot be run in the cluster yet; run it from outside/m],
    ["--in-cluster --checks scale", /^--checks: scale cannot be run in the cluster yet/m],
    ["--in-cluster --report json=r.json", /^--report: manifests are printed and nothing is run/],
    ["--in-cluster=apply --image -x", /^--image: it is no reference of an image; name one with Node\.js 20/],
    ["--image node:22", /^--image: it names the image of a Job in the cluster; add --in-cluster$/],
    ["--in-cluster --redis-url redis://:geheim@h:1", /^--redis-url: its user name or password would stand in the manifests/],
    ["--in-cluster --redis-url redis://me@h:1", /^--redis-url: its user name/],
    ["--in-cluster --redis-url redis://h:1?password=geheim", /^--redis-url: its user name/],
    ["--report json=- --report json=-", /^--report: json=- and json=- would be mixed on standard output; give only one/],
  ];
  for (const [line, message] of cases) {
    it(`refuses ${line}`, () => {
      assert.throws(
        () => parseArguments(line.split(" ")),
        (error: unknown) => {
          assert.match(String(error).replace(/^UsageError: /, ""), message);
          assert.ok(!String(error).includes("geheim"));
          return true;
        },
      );
    });
  }
});

describe("PLANO_AFFINITY_REDIS_PASSWORD", () => {
  const variable = "PLANO_AFFINITY_REDIS_PASSWORD";
  afterEach(() => delete process.env[variable]);

  it("is the password of the Redis that is found, and of a URL that has none", () => {
    process.env[variable] = "p/w";
    const redisOf = (...args: readonly string[]) => {
      const { target } = parseArguments(args).options;
      return target.kind === "kubernetes" ? target.redis : undefined;
    };
    assert.deepEqual(redisOf(), { selector: "app=redis", password: "p/w" });
    assert.deepEqual(redisOf("--redis-url", "redis://h:1/2"), { url: "redis://:p%2Fw@h:1/2" });
    assert.deepEqual(redisOf("--redis-url", "redis://:own@h:1"), { url: "redis://:own@h:1" });
  });

  it("is left out of what a Job is told, which has the password of its cluster", () => {
    process.env[variable] = "geheim";
    const { options } = parseArguments(["--in-cluster", "--redis-url", "redis://h:1"]);
    assert.ok(!JSON.stringify(options).includes("geheim"));
  });

  it("may be empty, as a Secret's missing key makes it", () => {
    assert.equal(redisPassword({ [variable]: "" }), undefined);
    assert.equal(withPassword("nonsense", "x"), "nonsense");
    assert.equal(withPassword(undefined, "x"), undefined);
  });
});

describe("the deadline of a Job", () => {
  it("leaves every request its time, and pins theirs to run out", () => {
    assert.equal(deadlineSeconds(defaultOptions), 300 + (5 + 4) * 60);
    assert.equal(deadlineSeconds({ ...defaultOptions, sessions: 17, timeoutSeconds: 0.5 }), 300 + 7);
    assert.equal(deadlineSeconds({ ...defaultOptions, checks: ["expiry"], timeoutSeconds: 1 }), 300 + 9 + 1_200);
  });

  it("is a day at most", () => {
    assert.equal(deadlineSeconds({ ...defaultOptions, sessions: 1_000_000 }), 86_400);
  });
});
