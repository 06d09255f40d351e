import assert from "node:assert/strict";
import { judgeExpiry, type ExpiryStage } from "../../../verify/checks/trial/judge-expiry";
import { Waiting } from "../../../verify/checks/trial/waiting";
import type { Clock } from "../../../verify/common/clock";
import { pinLifetime } from "../../../verify/register";
import type { Progress } from "../../../verify/run/context";
import { choice, trialOf, type TrialRow } from "./trials";

type Row = TrialRow<ExpiryStage>;

const lifetime = pinLifetime(10);
const terms = { choice, lifetime, replicas: 2 };
const before: readonly Row[] = [
  ["first", 0, 20, "a", "quick", "small"],
  ["half", 5_000, 5_010, "a", "deep", "small"],
  ["half", 5_000, 5_010, "b", "deep", "small"],
  ["late", 9_000, 9_010, "a", "deep", "small"],
  ["late", 9_000, 9_010, "b", "deep", "small"],
];
const after: readonly Row[] = [
  ["renewed", 10_051, 10_060, "b", "deep", "large"],
  ["others", 10_061, 10_070, "a", "deep", "large"],
  ["agreed", 10_071, 10_080, "a", "quick", "large"],
  ["agreed", 10_071, 10_080, "b", "quick", "large"],
];
const good = trialOf("s1", [...before, ...after]);
const question = "is --ttl 10 what the gateway has as session_ttl_seconds?";

/** The rows, with those that `instead` names by stage and replica in their place. */
function replaced(rows: readonly Row[], instead: readonly Row[]): Row[] {
  return rows.map((row) => instead.find(([stage, , , replica]) => stage === row[0] && replica === row[3]) ?? row);
}

function judge(...trials: Parameters<typeof judgeExpiry>[0]) {
  return judgeExpiry(trials, terms);
}

describe("expiry", () => {
  it("passes when pins hold until late in their life and are gone after it", () => {
    const finding = judge(good, good);
    assert.equal(finding.verdict, "pass");
    assert.equal(
      finding.summary,
      "2 sessions kept their model on all 2 replicas at 50 % and 90 % of 10 s, were routed anew after it, and agreed again",
    );
    assert.deepEqual(
      [finding.evidence["lifetimeMs"], finding.evidence["toleranceMs"], finding.evidence["tested"]],
      [10_000, 30, 2],
    );
    assert.deepEqual(finding.sessions?.[0]?.replicas, ["a", "a", "b", "a", "b", "b", "a", "a", "b"]);
  });

  const broken: readonly [name: string, why: string, rows: readonly Row[]][] = [
    [
      "a pin is gone before its end, naming --ttl",
      `s2: a answered large 9.0 s after the pin had settled, although it had answered small and a pin lives 10 s; ${question}`,
      [
        ...replaced(before, [
          ["late", 9_000, 9_010, "a", "deep", "large"],
          ["late", 9_000, 9_010, "b", "deep", "large"],
        ]),
      ],
    ],
    [
      "a pin is still served after its end, naming --ttl",
      `s2: b still answered small 1 ms after its pin must have run out (it lives 10 s), to a prompt that unpinned routing sends to large; ${question}`,
      [...before, ["renewed", 10_051, 10_060, "b", "deep", "small"]],
    ],
    [
      "another replica still serves the old pin, naming --ttl",
      `s2: a still answered small 11 ms after its pin must have run out (it lives 10 s), to a prompt that unpinned routing sends to large; ${question}`,
      [...before, ...replaced(after, [["others", 10_061, 10_070, "a", "deep", "small"]])],
    ],
    [
      "replicas disagree before the end, which no lifetime explains",
      "s2: replicas disagree: a answered small and b large, 5.0 s after the pin had settled",
      replaced(before, [["half", 5_000, 5_010, "b", "deep", "large"]]),
    ],
    [
      "replicas disagree on the new model, which no lifetime explains",
      "s2: a answered small 11 ms after the pin had settled, although it had answered large and a pin lives 10 s",
      [...before, ...replaced(after, [["agreed", 10_071, 10_080, "a", "quick", "small"]])],
    ],
  ];
  for (const [name, why, rows] of broken) {
    it(`fails when ${name}`, () => {
      const finding = judge(good, trialOf("s2", rows));
      assert.deepEqual([finding.verdict, finding.summary], ["fail", why]);
      assert.deepEqual(
        finding.sessions?.map(({ verdict }) => verdict),
        ["pass", "fail"],
      );
    });
  }

  const untested: readonly [name: string, why: string, rows: readonly Row[]][] = [
    [
      "its first request was not answered",
      "a did not answer: HTTP 500",
      [["first", 0, 20, "a", "quick", { failure: "HTTP 500" }]],
    ],
    [
      "a read was not answered",
      "b did not answer: no answer within 5 s",
      [...replaced(before, [["half", 5_000, 9_900, "b", "deep", { failure: "no answer within 5 s" }]]), ...after],
    ],
    [
      "it was read too late",
      "its pin may have run out before all replicas were read: answers take long for a life of 10 s",
      [...replaced(before, [["late", 9_000, 9_980, "b", "deep", "large"]]), ...after],
    ],
    [
      "it was read too late for the first time",
      "its pin may have run out before all replicas were read: answers take long for a life of 10 s",
      [...replaced(before, [["half", 5_000, 9_980, "b", "deep", "large"]]), ...after],
    ],
    [
      "its second pin was read too late",
      "its second pin may have run out before all replicas were read",
      [...before, ...replaced(after, [["agreed", 10_071, 20_080, "a", "quick", "small"]])],
    ],
    [
      "no prompt of another model was left to ask",
      "it was asked for the same model again after its end",
      [...before, ["renewed", 10_051, 10_060, "b", "quick", "small"], ["agreed", 10_071, 10_080, "a", "deep", "small"]],
    ],
  ];
  for (const [name, why, rows] of untested) {
    it(`does not judge a session when ${name}`, () => {
      const finding = judge(trialOf("s2", rows));
      assert.deepEqual([finding.verdict, finding.summary], ["unknown", `1 of 1 session could not be judged, e.g. s2: ${why}`]);
      assert.match(judge(good, trialOf("s2", rows)).summary, /; 1 of 2 could not be judged$/);
    });
  }

  it("is unknown when fewer than half of the sessions could be judged", () => {
    const off = [2, 3].map((n) => trialOf(`s${n}`, before));
    assert.deepEqual(
      [judge(good, ...off).verdict, judge(good, ...off).summary],
      ["unknown", "2 of 3 sessions could not be judged, e.g. s2: it was not played to its end"],
    );
  });

  it("is unknown without sessions", () => {
    assert.deepEqual([judge().verdict, judge().summary], ["unknown", "0 of 0 sessions could not be judged"]);
  });
});

/** A clock that is as late as it was told to sleep; a sleep ends in the order of its time. */
class FakeClock implements Clock {
  #now = 0;
  readonly #sleepers: { readonly until: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      signal?.addEventListener("abort", wake);
      this.#sleepers.push({ until: this.#now + ms, wake });
    });
  }

  async runUntil(time: number): Promise<void> {
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#sleepers.sort((a, b) => a.until - b.until);
      const [first] = this.#sleepers;
      if (first === undefined || first.until > time) break;
      this.#now = Math.max(this.#now, first.until);
      this.#sleepers.shift()?.wake();
    }
    this.#now = time;
  }
}

describe("waiting for the end of pins", () => {
  it("says first how long it takes, then what is left, and counts the seconds", async () => {
    const told: Parameters<Progress>[0][] = [];
    const clock = new FakeClock();
    const run = {
      clock,
      progress: (event: (typeof told)[number]) => void told.push(event),
      signal: new AbortController().signal,
    };
    await using waiting = new Waiting(run, 4, pinLifetime(600));
    assert.deepEqual(told, [
      { phase: "expiry: 4 sessions, for as long as a pin lives: 600 s (--ttl), about 10 min", done: 0, total: 601 },
    ]);
    const half = waiting.until("the read at 50 %", 300_000);
    await clock.runUntil(299_500);
    assert.deepEqual([told.length, told.at(-1)?.done], [300, 299]);
    await clock.runUntil(300_000);
    assert.equal(await half, true);
    const late = waiting.until("the read at 90 %", 540_000);
    assert.deepEqual(told.at(-1), {
      phase: "expiry: 4 sessions, waiting for the read at 90 %; 301 s left",
      done: 300,
      total: 601,
    });
    // A session that is slower does not turn it back.
    await waiting.until("the read at 50 %", 300_000);
    assert.match(told.at(-1)?.phase ?? "", /the read at 90 %/);
    await clock.runUntil(540_000);
    assert.equal(await late, true);
  });

  it("ends at once when the run is called off", async () => {
    const off = new AbortController();
    const clock = new FakeClock();
    await using waiting = new Waiting({ clock, progress: () => undefined, signal: off.signal }, 1, pinLifetime(600));
    const half = waiting.until("the read at 50 %", 300_000);
    off.abort();
    assert.equal(await half, false);
    assert.equal(clock.now(), 0);
  });

  it("sleeps a life that is longer than a timer bears in parts", async () => {
    const clock = new FakeClock();
    const slept: number[] = [];
    const counting: Clock = { now: () => clock.now(), sleep: (ms, signal) => (slept.push(ms), clock.sleep(ms, signal)) };
    const run = { clock: counting, progress: () => undefined, signal: new AbortController().signal };
    const waiting = new Waiting(run, 1, pinLifetime(31_536_000));
    await waiting[Symbol.asyncDispose]();
    const end = waiting.until("the end of the pins", 3e9);
    await clock.runUntil(3e9);
    assert.equal(await end, true);
    assert.ok(
      slept.every((ms) => ms <= 2 ** 31 - 1),
      slept.join(),
    );
  });
});
