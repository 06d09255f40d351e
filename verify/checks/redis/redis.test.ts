import assert from "node:assert/strict";
import { PinTally, type Inspected } from "./tally";
import type { Look } from "../../redis/inspector";
import { answersAs, pinKey, readPin } from "../../redis/pin";

const anchor = '{"anchor_model":"openai/small","route_name":"fast","last_used":1}';
const pin = '{"model_name":"openai/small","route_name":"fast"}';

function look(overrides: Partial<Look> = {}): Look {
  return { value: pin, pttl: 599_000, expiresFrom: 1_000_000, expiresTo: 1_000_003, ...overrides };
}

function inspected(early: Partial<Look> | undefined, late: Partial<Look>, served = "small", id = "s1"): Inspected {
  return { session: { id, model: served, pinnedUntil: Number.POSITIVE_INFINITY }, early: early && look(early), late: look(late) };
}

function judge(...all: readonly Inspected[]) {
  return judgeAt(0, all);
}

function judgeAt(now: number, all: readonly Inspected[]) {
  const tally = new PinTally({ ttlSeconds: 600 });
  for (const one of all) tally.add(one, now);
  return tally.conclude();
}

describe("redis", () => {
  it("passes when the pin names the model served, ends in time and was not extended", () => {
    const finding = judge(inspected({}, { pttl: 598_000 }));
    assert.equal(finding.verdict, "pass");
    assert.equal(finding.summary, "1 of 1 pins: each names the model served, ends within 600 s and is not extended by reads");
  });

  const failures: readonly [string, Inspected, RegExp][] = [
    ["the key does not exist", inspected(undefined, { value: null, pttl: -2 }), /^key plano:affinity:s1 does not exist$/],
    ["the value is empty", inspected({}, { value: "" }), /^key plano:affinity:s1 has an empty value$/],
    ["the value is no pin", inspected({}, { value: '{"model":"x"}' }), /^the value of key plano:affinity:s1 names no model$/],
    [
      "the value is of a later release",
      inspected({}, { value: anchor }),
      /^the value of key plano:affinity:s1 has anchor_model, as Plano 0\.4\.28 or later writes it, and not model_name \(--pin fixed\)$/,
    ],
    ["the key never runs out", inspected({ pttl: -1 }, { pttl: -1 }), /has no TTL, so its pin never runs out$/],
    ["the TTL is too long", inspected({}, { pttl: 5_999_000 }), /has a TTL of 5999 s, longer than the 600 s expected \(--ttl\)$/],
    [
      "a read extends the TTL",
      inspected({}, { expiresFrom: 1_000_025, expiresTo: 1_000_028 }),
      /^the TTL of key plano:affinity:s1 was extended by reads, by at least 22 ms$/,
    ],
    [
      "the value changes",
      inspected({}, { value: '{"model_name":"openai/large"}' }),
      /^the value of key plano:affinity:s1 changed while the session was pinned$/,
    ],
    ["another model was served", inspected({}, {}, "large"), /^the pin of s1 names openai\/small, but large was served$/],
  ];
  for (const [name, one, message] of failures) {
    it(`fails when ${name}`, () => {
      const finding = judge(one);
      assert.equal(finding.verdict, "fail");
      assert.match(finding.summary, message);
    });
  }

  it("does not take the uncertainty of a slow look for an extension", () => {
    assert.equal(judge(inspected({}, { expiresFrom: 999_990, expiresTo: 1_000_040 })).verdict, "pass");
  });

  it("is unknown when pins ran out before they were read", () => {
    const one = inspected({}, { value: null, pttl: -2 });
    const finding = judgeAt(10, [{ ...one, session: { ...one.session, pinnedUntil: 5 } }]);
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^1 of 1 pins ran out before they were read/);
  });

  it("is unknown when no pin's ageing was seen, and without any session", () => {
    assert.match(judge(inspected(undefined, {})).summary, /its ageing was not seen$/);
    assert.equal(judge(inspected(undefined, {})).verdict, "unknown");
    assert.match(judge().summary, /no pin to look for$/);
    assert.equal(judge().verdict, "unknown");
  });

  it("accepts names that are not alike if they belong together one to one", () => {
    const alias = (name: string): Partial<Look> => ({ value: JSON.stringify({ model_name: name }) });
    const one = inspected(alias("azure/front"), alias("azure/front"), "small", "s1");
    const two = inspected(alias("azure/back"), alias("azure/back"), "large", "s2");
    assert.equal(judge(one, two).verdict, "pass");
    const mixed = inspected(alias("azure/front"), alias("azure/front"), "large", "s3");
    assert.match(judge(one, two, mixed).summary, /^the pin of s1 names azure\/front, but small was served$/);
  });

  it("does not accept two models that are mixed up", () => {
    const named = (name: string): Partial<Look> => ({ value: JSON.stringify({ model_name: name }) });
    const one = inspected(named("openai/small"), named("openai/small"), "large", "s1");
    const two = inspected(named("openai/large"), named("openai/large"), "small", "s2");
    assert.match(judge(one, two).summary, /^the pin of s1 names openai\/small, but large was served$/);
  });
});

describe("redis, of anchored pins", () => {
  const later = '{"anchor_model":"openai/small","route_name":"fast","last_used":2}';
  const renewed = { value: later, expiresFrom: 1_000_100, expiresTo: 1_000_103 };

  function judgeAnchored(...all: readonly Inspected[]) {
    const tally = new PinTally({ ttlSeconds: 600, pin: "anchored" });
    for (const one of all) tally.add(one, 0);
    return tally.conclude();
  }

  it("passes when the value changes but for the model, and its life begins anew", () => {
    const finding = judgeAnchored(inspected({ value: anchor }, renewed));
    assert.equal(finding.verdict, "pass");
    assert.equal(finding.summary, "1 of 1 pins: each names the model served, ends within 600 s and lives on with every request");
    assert.deepEqual([finding.evidence["pin"], finding.evidence["valueField"]], ["anchored", "anchor_model"]);
  });

  const failures: readonly [string, Inspected, RegExp][] = [
    [
      "the value names another model than before",
      inspected({ value: '{"anchor_model":"openai/large"}' }, renewed),
      /^the value of key plano:affinity:s1 changed while the session was pinned$/,
    ],
    [
      "the value is of an earlier release",
      inspected({ value: anchor }, { ...renewed, value: pin }),
      /^the value of key plano:affinity:s1 has model_name, as Plano 0\.4\.19 to 0\.4\.27 writes it, and not anchor_model \(--pin anchored\)$/,
    ],
    [
      "the first value is of an earlier release",
      inspected({ value: pin }, renewed),
      /^the value of key plano:affinity:s1 changed while the session was pinned$/,
    ],
    ["the TTL is too long", inspected({ value: anchor }, { ...renewed, pttl: 900_000 }), /has a TTL of 900 s, longer than/],
    ["another model was served", inspected({ value: anchor }, renewed, "large"), /^the pin of s1 names openai\/small/],
  ];
  for (const [name, one, message] of failures) {
    it(`fails when ${name}`, () => {
      const finding = judgeAnchored(one);
      assert.equal(finding.verdict, "fail");
      assert.match(finding.summary, message);
    });
  }

  it("is unknown when no life was seen to begin anew", () => {
    const finding = judgeAnchored(inspected({ value: anchor }, { value: later }));
    assert.equal(finding.verdict, "unknown");
    assert.match(finding.summary, /^no pin's life was seen to begin anew, as --pin anchored has it/);
  });
});

describe("pins", () => {
  it("have the key of Plano 0.4.27, with and without a tenant", () => {
    assert.equal(pinKey("s"), "plano:affinity:s");
    assert.equal(pinKey("s", "acme"), "plano:affinity:acme:s");
  });

  it("are read with their route, and refused when they are something else", () => {
    assert.deepEqual(readPin(anchor), { kind: "anchored", model: "openai/small", route: "fast" });
    assert.deepEqual(readPin(pin), { kind: "fixed", model: "openai/small", route: "fast" });
    for (const other of ["", "null", "[]", "small", '{"model_name":""}', '{"model_name":1}']) {
      assert.equal(readPin(other), undefined, other);
    }
  });

  it("fit the upstream's name by itself, with the provider, or with a version behind it", () => {
    for (const answered of ["gpt-4o", "openai/gpt-4o", "gpt-4o-2024-08-06"])
      assert.ok(answersAs("openai/gpt-4o", answered), answered);
    for (const answered of ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4"]) {
      assert.ok(!answersAs("openai/gpt-4o", answered), answered);
    }
  });
});
