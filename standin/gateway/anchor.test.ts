import assert from "node:assert/strict";
import { type Anchor, decodeAnchor, nextAnchor, prefixHash, type Turn } from "./anchor";
import { readRelease } from "./release";

const flat = { input: 1, cached: 0.1 };
const turn = (changed: Partial<Turn> = {}): Turn => ({
  candidate: "openai/gpt-4o-mini",
  route: "fast_responses",
  prefixHash: "p",
  tokens: 10,
  now: 1_000_000,
  budgetPercent: 0,
  prices: () => flat,
  ...changed,
});
const deep = nextAnchor(undefined, turn({ candidate: "openai/gpt-5.2", route: "deep_reasoning" }));

describe("an anchor, as Plano 0.4.28 and later keep it", () => {
  it("begins with the router's choice, and can be read again", () => {
    assert.equal(deep.anchor_model, "openai/gpt-5.2");
    assert.deepEqual(decodeAnchor(JSON.stringify(deep)), deep);
    for (const other of ["", "null", "[]", '{"model_name":"openai/gpt-5.2"}']) assert.equal(decodeAnchor(other), undefined);
  });

  it("holds with a budget of 0 and equal prices, and its life begins anew", () => {
    const held = nextAnchor(deep, turn({ now: 1_250_000 }));
    assert.deepEqual([held.anchor_model, held.route_name, held.switches], ["openai/gpt-5.2", "deep_reasoning", 0]);
    assert.equal(held.last_used, 1_250);
  });

  const losses: readonly [string, Partial<Turn>][] = [
    ["there is no budget", { budgetPercent: undefined }],
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

  it("spends a budget above 0 and no more", () => {
    const rich: Anchor = { ...deep, baseline_usd: 1 };
    assert.equal(nextAnchor(rich, turn({ budgetPercent: 100 })).switch_spend_usd, (10 * 0.9) / 1e6);
    assert.equal(nextAnchor({ ...rich, switch_spend_usd: 2 }, turn({ budgetPercent: 100 })).anchor_model, "openai/gpt-5.2");
  });

  it("knows a prompt's beginning by its system messages, tools and tenant alone", () => {
    const user = (text: string) => ({
      messages: [
        { role: "system", text: "s" },
        { role: "user", text },
      ],
      fields: {},
    });
    assert.equal(prefixHash(user("a"), undefined), prefixHash(user("b"), undefined));
    assert.notEqual(prefixHash(user("a"), undefined), prefixHash({ ...user("a"), fields: { tools: [1] } }, undefined));
    assert.notEqual(prefixHash(user("a"), "x"), prefixHash(user("a"), "y"));
  });
});

describe("the release that is imitated", () => {
  it("follows from the configuration, unless it is named", () => {
    assert.deepEqual(readRelease(undefined, false), { version: "0.4.27" });
    assert.deepEqual(readRelease(undefined, true), { version: "0.4.36", anchorSeconds: 300 });
    assert.equal(readRelease("0.4.35", false).anchorSeconds, 360);
  });

  it("is refused when it does not exist or knows no budget", () => {
    assert.throws(() => readRelease("0.4.37", false), /STANDIN_RELEASE is "0\.4\.37"; use one of 0\.4\.19 to 0\.4\.36/);
    assert.throws(() => readRelease("0.4.27", true), /routing\.routing_budget: Plano 0\.4\.27 knows no routing budget/);
  });
});
