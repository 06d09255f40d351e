import assert from "node:assert/strict";
import fc from "fast-check";
import type { RegisterEvent } from "../../../verify/register";
import { legalHistory } from "../../../verify/testing/register-histories";
import { accuses, type History, type Oracle, porcupine } from "../../oracle/porcupine";

/** A request of a made-up history: after how many milliseconds it is sent, how long it takes, and which answer it gets. */
const request = fc.record({
  after: fc.nat(3),
  takes: fc.integer({ min: 4, max: 34 }),
  answer: fc.nat(11),
  replica: fc.constantFrom("a", "b", "c"),
});

type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

/** Requests at the same time; each is sent after all before it have been answered, but not before `at`. */
interface Stage {
  readonly requests: readonly Request[];
  /** What the register would answer, and where routing sends the prompts. */
  readonly expected: string;
  readonly routed: (index: number) => string;
  readonly at?: (first: RegisterEvent) => number;
}

function play(stages: readonly Stage[]): RegisterEvent[] {
  const events: RegisterEvent[] = [];
  for (const { requests, expected, routed, at } of stages) {
    const [first] = events;
    const answered = Math.max(0, ...events.map(({ returnedAt }) => returnedAt));
    const from = Math.max(answered + 1, first === undefined ? 0 : (at?.(first) ?? 0));
    const asked = requests.map(({ after, takes, answer, replica }, i): RegisterEvent => {
      const model = answer < 9 ? expected : (["small", "large", "huge"][answer - 9] as string);
      return { invokedAt: from + after, returnedAt: from + after + takes, replica, model, routed: routed(i) };
    });
    events.push(...asked);
  }
  return events;
}

const models = ["small", "large"] as const;
const several = fc.array(request, { minLength: 2, maxLength: 3 });
const model = fc.constantFrom(...models);
const other = (than: string): string => models.find((it) => it !== than) ?? than;

/** As the check `race` asks. */
const raced = fc
  .record({ firsts: several, settle: several, read: several, winner: model, lifetimeMs: fc.constantFrom(200, 600_000) })
  .map(({ firsts, settle, read, winner, lifetimeMs }): History => {
    // Each first request gets what its prompt is routed to, mostly.
    const own = firsts.map((one, i): Request => ({ ...one, answer: one.answer < 9 ? 9 + (i % 2) : one.answer }));
    const events = play([
      { requests: own, expected: winner, routed: (i) => models[i % 2] as string },
      { requests: settle, expected: winner, routed: () => other(winner) },
      { requests: read, expected: winner, routed: () => other(winner) },
    ]);
    return { events, lifetimeMs, toleranceMs: 5 };
  });

const lifetimeMs = 1_000;

/** As the check `expiry` asks. */
const outlived = fc
  .record({ first: request, half: several, late: several, renewed: request, others: several, agreed: several, old: model })
  .map(({ first, half, late, renewed, others, agreed, old }): History => {
    const toleranceMs = 5;
    const next = other(old);
    const end = ({ returnedAt }: RegisterEvent): number => returnedAt + lifetimeMs + toleranceMs + 1;
    const events = play([
      { requests: [{ ...first, answer: 0 }], expected: old, routed: () => old },
      { requests: half, expected: old, routed: () => next, at: ({ invokedAt }) => invokedAt + 0.5 * lifetimeMs },
      { requests: late, expected: old, routed: () => next, at: ({ invokedAt }) => invokedAt + 0.9 * lifetimeMs },
      { requests: [renewed], expected: next, routed: () => next, at: end },
      { requests: others, expected: next, routed: () => next },
      { requests: agreed, expected: next, routed: () => old },
    ]);
    return { events, lifetimeMs, toleranceMs };
  });

const ofRegister = fc.boolean().chain((sliding) => legalHistory(sliding, fc.boolean(), fc.integer({ min: 1, max: 500 }), 6));

/** Of a register, but one answer may have been changed. */
const corrupted = fc
  .tuple(ofRegister, fc.nat(), fc.constantFrom("m0", "m1", "strange"))
  .map(([{ events, ...lifetime }, which, model]): History => {
    const at = which % events.length;
    const changed = { ...(events[at] as RegisterEvent), model };
    return { ...lifetime, events: events[at]?.model === undefined ? events : events.with(at, changed) };
  });

describe("Porcupine, a checker that is not ours, and the register checker", function () {
  this.timeout(120_000);
  let oracle: Oracle;
  before(async function () {
    oracle = await porcupine(this);
  });

  /** @returns how many histories both accuse */
  async function assertAgreement(histories: readonly History[]): Promise<number> {
    const said = await oracle(histories);
    for (const [i, history] of histories.entries()) {
      assert.equal(said[i], !accuses(history), `Porcupine says ${said[i]} of ${JSON.stringify(history)}`);
    }
    return said.filter((legal) => legal === false).length;
  }

  for (const [name, histories] of Object.entries({ raced, outlived })) {
    it(`agree on made-up histories: ${name}`, async () => {
      const drawn = fc.sample(histories, 1_000);
      const accused = await assertAgreement(drawn);
      assert.ok(accused > 100 && accused < 900, `${accused} of ${drawn.length} were accused`);
    });
  }

  it("accuse no history of a register, and Porcupine all that ours accuses", async () => {
    const legal = fc.sample(ofRegister, 300);
    const drawn = fc.sample(corrupted, 1_000);
    const said = await oracle([...legal, ...drawn]);
    assert.ok(said.filter((it) => it === undefined).length < 10, "Porcupine takes too long");
    assert.ok(!said.slice(0, legal.length).includes(false));
    const illegal = drawn.filter((_, i) => said[legal.length + i] === false);
    const accused = drawn.filter(accuses);
    for (const history of accused) assert.notEqual(said[legal.length + drawn.indexOf(history)], true, JSON.stringify(history));
    assert.ok(accused.length > 0.9 * illegal.length, `${accused.length} of ${illegal.length} were accused`);
  });
});
