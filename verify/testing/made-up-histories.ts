import fc from "fast-check";
import type { RegisterEvent } from "../register";
import { legalHistory, type Simulated } from "./register-histories";

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
  .map(({ firsts, settle, read, winner, lifetimeMs }): Simulated => {
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
  .map(({ first, half, late, renewed, others, agreed, old }): Simulated => {
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

/** Short enough for a checker that tries all orders. */
const legal = fc.boolean().chain((sliding) => legalHistory(sliding, fc.boolean(), fc.integer({ min: 1, max: 500 }), 6));

/** Of a register, but one answer may have been changed. */
const corrupted = fc
  .tuple(legal, fc.nat(), fc.constantFrom("m0", "m1", "strange"))
  .map(([{ events, ...lifetime }, which, model]): Simulated => {
    const at = which % events.length;
    const changed = { ...(events[at] as RegisterEvent), model };
    return { ...lifetime, events: events[at]?.model === undefined ? events : events.with(at, changed) };
  });

const kinds = { raced, outlived, legal, corrupted };

/** Histories that are drawn anew each time. */
export function drawHistories(kind: keyof typeof kinds, count: number): readonly Simulated[] {
  return fc.sample<Simulated>(kinds[kind], count);
}
