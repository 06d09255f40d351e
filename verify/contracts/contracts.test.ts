import Ajv from "ajv";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { builtIn, contractOf, contracts, optionFor, type Contract } from ".";
import { parseArguments } from "../cli/arguments";
import { UsageError, type Violation } from "../common/errors";
import { pinKey, readPin } from "../redis/pin";
import { contractReader, type ContractReader } from "./read";
import schema from "./schema.json";

describe("contracts", () => {
  let folder: string;
  let readContract: ContractReader;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "contracts-"));
    readContract = await contractReader();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** @returns the contract, and what is wrong as `place: reason; remedy` */
  function read(text: string): { readonly contract: Contract | undefined; readonly problems: readonly string[] } {
    const path = join(folder, "contract.yaml");
    writeFileSync(path, text);
    const violations: Violation[] = [];
    const contract = readContract(path, violations);
    const prefix = `--contract ${path}`;
    assert.ok(violations.every((it) => it.path.startsWith(prefix)));
    const problems = violations.map((it) => `${it.path.slice(prefix.length + 2)}: ${it.reason}; ${it.remedy}`);
    return { contract, problems };
  }

  for (const { name, ...terms } of Object.values(contracts)) {
    it(`that are built in can be files as well: ${name}`, () => {
      assert.deepEqual(read(stringify(terms)), {
        contract: { name: join(folder, "contract.yaml"), ...terms },
        problems: [],
      });
      assert.equal(builtIn(name)?.name, name);
    });
  }

  it("are asked for by the short forms of Plano's, and by name", () => {
    assert.equal(contractOf({}), contracts.plano);
    assert.equal(contractOf({ pin: "anchored" }), contracts["plano-anchored"]);
    assert.equal(contractOf({ pin: "fixed", contract: contracts.litellm }), contracts.litellm);
    assert.equal(builtIn("constructor"), undefined);
    const options = [contracts.plano, contracts["plano-anchored"], contracts.litellm].map(optionFor);
    assert.deepEqual(options, ["--pin fixed", "--pin anchored", "--contract litellm"]);
  });

  it("are in docs/verifier.md as they are built in, and in --help with every field", () => {
    const page = readFileSync(join(__dirname, "..", "..", "docs", "verifier.md"), "utf8");
    const [litellm, anchored] = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, text = ""]) => read(text).contract);
    const name = join(folder, "contract.yaml");
    assert.deepEqual(litellm, { ...contracts.litellm, name });
    assert.deepEqual(anchored, { ...contracts["plano-anchored"], name });
    let help = "";
    assert.throws(
      () => parseArguments(["--help"]),
      ({ message }: Error) => (help = message) !== "",
    );
    const { contract, problems } = read(/A contract file; .*\n((?:  .*\n)+)/.exec(help)?.[1] ?? "");
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.keys(contract ?? {}).sort(), ["name", ...Object.keys(schema.properties)].sort());
  });

  it("say all that is wrong at once, each with its place in the file", () => {
    const { contract, problems } = read(`
      sessionHeader: "x session"
      sesionHeader: x-session
      routing: sometimes
      endpoint: v1/chat/completions
      servedModel: { body: model, header: x-model }
      unpinnedHeaders: { "x off": "on", x-line: "a\\nb", traceparent: x }
      redis: { key: "pins:{sesion}", format: yaml, ttlSeconds: 0, sliding: 1, holdSeconds: 0.5, movesInOutage: maybe }
      traces: { request: gateway, replicaAttribute: "" }
      pinnedHeader: { name: x-cause }
      replicaHeader: "served by"`);
    assert.equal(contract, undefined);
    const name = "write the name of a header, e.g. x-session-id";
    assert.deepEqual([...problems].sort(), [
      'endpoint: "v1/chat/completions" does not fit; write a path, e.g. /v1/chat/completions',
      "pinnedHeader.value: it is missing; add it",
      'redis.format: "yaml" does not fit; write json, text or hash',
      "redis.holdSeconds: 0.5 does not fit; write whole seconds for which a pin holds, where that is less than its key's life",
      'redis.key: "pins:{sesion}" does not fit; write a template with {session}, and with {tenant} where there are tenants, e.g. pins:{tenant}:{session}',
      "redis.modelField: it is missing; add it",
      'redis.movesInOutage: "maybe" does not fit; write true where a session that is asked while Redis is away may change its model, else false',
      "redis.sliding: 1 does not fit; write true where every request begins the pin's life anew, else false",
      "redis.ttlSeconds: 0 does not fit; write whole seconds",
      `replicaHeader: "served by" does not fit; ${name}`,
      'routing: "sometimes" does not fit; write what is routed: prompt or session',
      'servedModel: {"body":"model","header":"x-model"} does not fit; write where answers name the model: { body: FIELD } or { header: NAME }',
      "sesionHeader: there is no such field; choose from sessionHeader, routing, requestModel, endpoint, servedModel, unpinnedHeaders, redis, traces, pinnedHeader, replicaHeader",
      `sessionHeader: "x session" does not fit; ${name}`,
      'traces.replicaAttribute: "" does not fit; write a name',
      'traces.request: "gateway" does not fit; write a kind of span: { service: NAME } or { service: NAME, name: NAME }',
      "traces.routing: it is missing; add it",
      "unpinnedHeaders.traceparent: every request has a header traceparent of its own; name another one",
      `unpinnedHeaders.x off: it cannot be sent; ${name}`,
      'unpinnedHeaders.x-line: "a\\nb" does not fit; write text of visible ASCII characters',
    ]);
  });

  const bad: readonly [name: string, text: string, problem: RegExp][] = [
    [
      "a text with fields",
      "{ sessionHeader: a, redis: { key: '{session}', format: text, routeField: r } }",
      /^redis\.routeField: a text has no fields; leave it out, or choose format json or hash$/,
    ],
    ["a header of HTTP", "sessionHeader: Host", /^sessionHeader: every request has a header Host of its own/],
    [
      "a header twice",
      "{ sessionHeader: X-Session, unpinnedHeaders: { x-session: none } }",
      /^unpinnedHeaders\.x-session: the contract has a header of that name already; name each header once$/,
    ],
    ["a list that holds itself", "sessionHeader: &h [*h]", /^: an alias stands in what it names; name a YAML file/],
    ["a list in thousands of others", `a: ${"[".repeat(9999)}`, /^: it is nested too deeply; name/],
    [
      "a name that a terminal obeys",
      '{ sessionHeader: a, unpinnedHeaders: { "\\e[1mX": x } }',
      /^unpinnedHeaders\. \[1mX: it cannot/,
    ],
    ["a second document", "sessionHeader: a\n---\n", /^: Source contains multiple documents at line 2, column 1: .*; name/],
    ["a field without a name", '{ sessionHeader: a, "": 2 }', /^"": there is no such field; choose from sessionHeader, /],
    ["an empty file", "", /^: null does not fit; write a contract's fields, at least sessionHeader$/],
    [
      "no YAML",
      "a: [",
      /^: Flow sequence .*; name a YAML file that can be read, or one of plano, plano-anchored, litellm, header-only$/,
    ],
    [
      "a bomb of aliases",
      `a: &a [${"x,".repeat(9)}x]\nb: &b [${"*a,".repeat(9)}*a]\nc: &c [${"*b,".repeat(9)}*b]\nd: [*c,*c]`,
      /alias/,
    ],
  ];
  for (const [name, text, problem] of bad) {
    it(`are refused where there is ${name}`, () => {
      const { contract, problems } = read(text);
      assert.equal(contract, undefined);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", problem);
    });
  }

  it("are missed where there is no such file", () => {
    const violations: Violation[] = [];
    assert.equal(readContract("litelm", violations), undefined);
    assert.match(violations.map(({ path, reason }) => `${path}: ${reason}`).join(), /^--contract litelm: ENOENT/);
  });

  it("are refused by their size, before they are parsed, and where they are folders", () => {
    assert.match(read("#".repeat(65_537)).problems.join(), /^: \S+contract\.yaml has more than 64 KiB; name a YAML file/);
    const violations: Violation[] = [];
    for (const path of ["/dev/zero", folder]) assert.equal(readContract(path, violations), undefined);
    const reasons = violations.map((it) => it.reason);
    assert.deepEqual(reasons, ["/dev/zero has more than 64 KiB", `${folder} is a directory`]);
  });

  it("have the first twenty of their problems listed", () => {
    const violations = Array.from({ length: 22 }, (_, i) => ({ path: `k${i}`, reason: "it is wrong", remedy: "leave it out" }));
    const { message } = new UsageError(violations);
    assert.match(message, /^k0: .*\n(?:k.*\n){18}k19: it is wrong; leave it out\nand 2 more$/);
    assert.ok(!new UsageError(violations.slice(0, 20)).message.includes("more"));
  });

  it("have a schema that is one", () => {
    assert.ok(new Ajv().validateSchema(schema));
  });
});

describe("pins under other contracts", () => {
  it("have keys without a tenant where there is none, and nothing of one is taken for a template", () => {
    const keys = ["p:{tenant}:{session}", "{tenant}{session}", "p:{session}:{tenant}", "p:{session}"];
    const withTenant = keys.map((key) => pinKey(key, "s", "{session}"));
    assert.deepEqual(withTenant, ["p:{session}:s", "{session}s", "p:s:{session}", "p:s"]);
    const without = keys.map((key) => pinKey(key, "$&"));
    assert.deepEqual(without, ["p:$&", "$&", "p:$&", "p:$&"]);
  });

  it("are texts, or fields of JSON", () => {
    const text = { key: "{session}", format: "text" } as const;
    assert.deepEqual(readPin("small", text), { model: "small", route: null });
    assert.equal(readPin("", text), undefined);
    assert.deepEqual(readPin('{"model":"small","tier":"SIMPLE"}', contracts.litellm.redis), { model: "small", route: "SIMPLE" });
  });
});
