import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { decodeAnchor, derivedSession, nextAnchor, prefixHash, readRelease, type Turn } from "./anchor";

const flat = { input: 1, cached: 0.1 };
const turn = (changed: Partial<Turn> = {}): Turn => ({
  candidate: "openai/gpt-4o-mini",
  route: "fast_responses",
  prefixHash: "p",
  now: 1_000_000,
  prices: () => flat,
  warmSeconds: 300,
  ...changed,
});
const deep = nextAnchor(undefined, turn({ candidate: "openai/gpt-5.2", route: "deep_reasoning" }));

describe("an anchor, as Plano 0.4.28 and later keep it", () => {
  it("begins with the router's choice, and can be read again", () => {
    assert.equal(deep.anchor_model, "openai/gpt-5.2");
    assert.deepEqual(decodeAnchor(JSON.stringify(deep)), deep);
    for (const other of ["", "null", "[]", '{"model_name":"openai/gpt-5.2"}']) assert.equal(decodeAnchor(other), undefined);
  });

  const losses: readonly [string, Partial<Turn>][] = [
    ["a model has no price", { prices: (model) => (model === "openai/gpt-5.2" ? flat : undefined) }],
    [
      "the other model is cheaper than staying",
      { prices: (m) => (m === "openai/gpt-5.2" ? { input: 1.75, cached: 0.175 } : { input: 0.15, cached: 0.075 }) },
    ],
    ["the system prompt or the tools change", { prefixHash: "q" }],
    ["300 s passed", { now: 1_301_001 }],
  ];
  for (const [when, changed] of losses) {
    it(`follows the router when ${when}`, () => {
      assert.equal(nextAnchor(deep, turn(changed)).anchor_model, "openai/gpt-4o-mini");
    });
  }

  it("knows a prompt's beginning by its system messages, tools and tenant alone", () => {
    const hash = (user: string, fields = {}, tenant?: string): string => {
      const messages = [
        { role: "system", text: "s" },
        { role: "user", text: user },
      ];
      return prefixHash({ messages, fields }, tenant);
    };
    assert.equal(hash("a"), hash("b"));
    assert.equal(new Set([hash("a"), hash("a", { tools: [1] }), hash("a", {}, "x"), hash("a", {}, "y")]).size, 4);
  });
});

describe("a session that is derived from a prompt", () => {
  const id = (headers: Record<string, string>, ...said: string[]): string | undefined => {
    const messages = said.map((text) => ({ role: "user", text }));
    const headersDistinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
    return derivedSession({ headersDistinct } as IncomingMessage, { model: "m", messages, fields: {} }, "x-tenant")?.id;
  };

  it("is that of the tenant and the first message of the user, and there is none without", () => {
    assert.equal(id({}, "a", "b"), id({}, "a"));
    assert.equal(new Set([id({}, "a"), id({}, "b"), id({ "x-tenant": "t" }, "a"), id({ "x-tenant": "u" }, "a")]).size, 4);
    assert.deepEqual([id({}), id({ "x-plano-cache": "Off" }, "a")], [undefined, undefined]);
    assert.equal(id({ "x-plano-cache": "on" }, "a"), id({}, "a"));
  });
});

describe("the release that is imitated", () => {
  it("follows from the configuration, unless it is named", () => {
    const of = (...args: [string | undefined, boolean]): unknown[] => Object.values(readRelease(...args, 300));
    assert.deepEqual(of(undefined, false), ["0.4.27", undefined, false]);
    assert.deepEqual(of(undefined, true), ["0.4.36", 300, true]);
    assert.deepEqual(of("0.4.31", false), ["0.4.31", 360, false]);
  });

  it("is refused when it does not exist or knows no budget", () => {
    assert.throws(() => readRelease("0.4.37", false, 300), /STANDIN_RELEASE is "0\.4\.37"; use one of 0\.4\.19 to 0\.4\.36/);
    assert.throws(() => readRelease("0.4.27", true, 300), /routing\.routing_budget: Plano 0\.4\.27 knows no routing budget/);
  });
});
