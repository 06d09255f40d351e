import assert from "node:assert/strict";
import {
  duration,
  judgeRegister,
  type Lifetime,
  pinLifetime,
  registerEvents,
  type RegisterEvent,
  type RegisterJudgement,
} from ".";
import { choice, exchangeOf } from "../testing/samples";

/**
 * Requests as text, parted by `;`: replica, time of the request, time of the answer, and the model that was answered
 * (`-`: none), with the model that routing gives the prompt behind a slash where it is known.
 */
function events(rows: string): RegisterEvent[] {
  return rows.split(";").map((row) => {
    const [replica = "", invokedAt, returnedAt, answer = ""] = row.trim().split(/\s+/);
    const [model, routed] = answer.split("/");
    const times = { invokedAt: Number(invokedAt), returnedAt: Number(returnedAt) };
    return { replica, ...times, model: model === "-" ? undefined : model, ...(routed === undefined ? {} : { routed }) };
  });
}

/** Judges them as requests for a pin that lives two seconds. */
const judge = (rows: string, terms: Partial<Lifetime> = {}): RegisterJudgement =>
  judgeRegister(events(rows), { lifetimeMs: 2_000, toleranceMs: 0, ...terms });

/** What is accused: kinds, and kinds and sentences. */
const kinds = (rows: string, terms?: Partial<Lifetime>): string[] => judge(rows, terms).violations.map(({ kind }) => kind);
const said = (rows: string, terms?: Partial<Lifetime>): string[] =>
  judge(rows, terms).violations.map(({ kind, sentence }) => `${kind}: ${sentence}`);

/** Two first requests that are answered differently. */
const race = "a 0 20 small; b 1 25 large; ";

describe("the register checker", () => {
  it("has nothing against first answers that differ, and says what they settled on", () => {
    const { violations, settled } = judge(`${race} a 10 30 small; a 26 40 large; b 50 60 large`);
    assert.deepEqual([violations, settled.length], [[], 1]);
    assert.deepEqual(settled[0], { model: "large", since: 30, reads: events("b 50 60 large") });
  });

  it("accuses each kind and each pin of its own where a history has several", () => {
    assert.deepEqual(kinds(`${race} c 22 40 huge; a 50 60 small; b 50 60 large`), ["invented", "split"]);
    // Two changes at least, by one request that was not answered and may have made one.
    const turns = "a 0 20 small; b 5 10 -; a 30 40 small; b 35 45 large; a 50 60 small; b 70 80 large";
    assert.notDeepEqual(kinds(turns), []);
    const second = `${race} a 30 35 small; b 40 45 large; a 3000 3010 small; b 3020 3030 small`;
    assert.deepEqual(kinds(second), ["split"]);
    assert.deepEqual(kinds(`${second}; b 3040 3050 huge`), ["split", "changed"]);
  });

  it("takes a pin that dies within the tolerance for one that has run out, and no earlier one", () => {
    const terms = { toleranceMs: 50 };
    assert.deepEqual(kinds("a 0 20 small; b 1940 1950 large", terms), []);
    assert.deepEqual(kinds("a 0 20 small; b 1939 1949 large", terms), ["split"]);
    assert.deepEqual(kinds("a 0 20 small; b 2070 2080 small/large", terms), []);
    assert.deepEqual(kinds("a 0 20 small; b 2071 2081 small/large", terms), ["outlived"]);
  });

  it("takes what it accused for a pin that lives as long as others", () => {
    const { violations } = judge("a 0 20 small; b 1000 1010 large; c 2500 2510 small");
    const accused = violations.map((violation) => violation.events.at(-1)?.replica);
    assert.deepEqual(accused, ["b", "c"]);
  });

  it("settles on nothing where an unanswered request may have changed the pin", () => {
    const { settled, violations } = judge("a 0 20 small; b 5 10 -; a 30 40 small; b 50 60 huge");
    assert.deepEqual([settled, violations], [[], []]);
  });

  it("has nothing to say of no events", () => {
    assert.deepEqual(judgeRegister([], { lifetimeMs: 1, toleranceMs: 0 }), { violations: [], settled: [] });
  });
});

const settled = "after the pin had settled";
const lives = "and a pin lives 2 s";
const ranOut = "after its pin must have run out (it lives 2 s), to a prompt that unpinned routing sends to";

describe("what the register checker says", () => {
  const wrong: readonly [name: string, rows: string, said: string][] = [
    [
      "replicas that go on to disagree",
      `${race} a 30 35 small; b 40 45 large; a 50 55 small`,
      `split: replicas disagree: a answered small and b large, 15 ms ${settled}`,
    ],
    [
      "a pin that is lost",
      "a 0 20 small; a 1020 1030 large/large; a 1100 1110 large/small",
      `changed: a answered large 1 s ${settled}, although it had answered small ${lives}`,
    ],
    [
      "a pin that is served after its end beside its successor",
      "a 0 25 small; b 2500 2510 large/large; a 2600 2610 small/huge; b 2700 2710 large/huge",
      `outlived: a still answered small 575 ms ${ranOut} huge`,
    ],
    [
      "an answer that no first request was given",
      `${race} c 22 40 huge`,
      "invented: c answered huge, but the pin can only have been small or large",
    ],
    [
      "an answer that neither the pin nor routing explains",
      "a 0 20 small; c 30 40 huge/large",
      "invented: c answered huge, but the pin can only have been small, and unpinned routing sends the prompt to large",
    ],
    [
      "an answer that a request of another model may write only later",
      "a 0 20 small; b 1900 2500 large; b 1905 1910 small; c 1950 1960 large/huge",
      "invented: c answered large, but the pin can only have been small, and unpinned routing sends the prompt to huge",
    ],
    [
      "a pin that is lost although it was written late in its request, when the pin before it had run out",
      "a 0 20 small; b 1000 2100 large; c 3500 3990 small",
      `split: replicas disagree: b answered large and c small, 1.4 s ${settled}`,
    ],
    [
      "a change for which an unanswered request comes too late",
      `${race} b 30 35 small; b 40 50 -; b 60 70 large`,
      `changed: b answered large 35 ms ${settled}, although it had answered small ${lives}`,
    ],
  ];
  for (const [name, rows, sentence] of wrong) it(`accuses ${name}, once`, () => assert.deepEqual(said(rows), [sentence]));

  const legal: readonly [name: string, rows: string][] = [
    ["a new model as soon as the pin can have run out", "a 0 20 small; b 1990 2000 large; a 2100 2110 large/small"],
    ["the old model as long as the pin can be left", "a 0 20 small; b 2020 2030 small/large"],
    [
      "the old model after the end, where another request under way was routed to it",
      "a 0 20 small; b 2500 2600 small/large; a 2550 2700 small/small",
    ],
    ["reads that meet, in any order", "a 0 20 small; b 5 10 -; a 50 60 small; a 60 70 huge; a 70 80 small"],
    ["one change by a request that was not answered", "a 0 20 small; b 5 10 -; a 30 40 small; b 50 60 huge; a 70 80 huge"],
  ];
  for (const [name, rows] of legal) it(`has nothing against ${name}`, () => assert.deepEqual(said(rows), []));
});

describe("the register checker, where pins slide", () => {
  const slide = (rows: string): string[] => said(rows, { sliding: true });

  it("accuses a gateway whose reads do not prolong them, and one whose pins outlive the latest read", () => {
    const sentence = `a answered large 2.5 s ${settled}, although it had answered small ${lives} from the latest request`;
    assert.deepEqual(slide("a 0 20 small; b 1000 1010 small; a 2500 2510 large"), [`changed: ${sentence}`]);
    const late = `outlived: b still answered small 50 ms ${ranOut} large`;
    assert.deepEqual(slide("a 0 20 small; b 1000 1010 small; a 2500 2510 small; b 4560 4570 small/large"), [late]);
    // Two that go by the dead pin are no proof of each other.
    const both = "b 4560 4570 small/large; c 4561 4571 small/large";
    assert.deepEqual(slide(`a 0 20 small; a 2000 2510 small; ${both}`), [late]);
  });

  it("has nothing against a reader that writes back what others have overwritten meanwhile", () => {
    const slow = "a 0 10 small; b 1000 4300 small/large";
    assert.deepEqual(slide(`${slow}; a 2500 2510 large/large; b 2600 2610 large; a 4350 4360 small`), []);
    const unanswered = "a 0 10 small; b 20 30 -; a 40 140 small; b 60 200 huge; b 62 70 huge";
    assert.deepEqual(slide(`${unanswered}; a 150 160 small; b 210 220 huge`), []);
  });
});

describe("pinLifetime", () => {
  it("is that of the key, or of what the gateway counts in whole seconds where that is less", () => {
    const of = (...args: Parameters<typeof pinLifetime>) => Object.values(pinLifetime(...args)).join();
    assert.deepEqual(
      [of(600), of(360, { sliding: true, holdSeconds: 300 }), of(3, { holdSeconds: 300 }), of(3_600, { sliding: true })],
      ["600000,620,false", "300000,1320,true", "3000,1023,false", "3600000,3620,true"],
    );
  });
});

describe("registerEvents", () => {
  const of = (...args: Parameters<typeof exchangeOf>) => registerEvents([exchangeOf(...args)], choice.modelOf);

  it("takes request, answer, replica, model and route", () => {
    const [event, ...others] = of("a quick large", { sentAt: 3, answeredAt: 9 });
    assert.deepEqual(event, { invokedAt: 3, returnedAt: 9, replica: "a", routed: "small", model: "large" });
    assert.deepEqual(others, []);
  });

  it("adds an unanswered event for each attempt that failed, and none for a question that was not sent", () => {
    const models = (...args: Parameters<typeof exchangeOf>) => of(...args).map(({ model }) => model);
    assert.deepEqual(models("a quick large", { attempts: 3 }), ["large", undefined, undefined]);
    assert.deepEqual(models("a quick !HTTP 500"), [undefined]);
    assert.deepEqual(models("a quick !not asked any more", { attempts: 0 }), []);
  });
});

describe("duration", () => {
  it("is short", () => {
    const said = [0.4, 35, 999, 1_000, 1_840, 12_345, 600_000, 123_456].map(duration).join(", ");
    assert.equal(said, "0 ms, 35 ms, 999 ms, 1 s, 1.8 s, 12.3 s, 600 s, 123 s");
  });
});
