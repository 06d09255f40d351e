import { forEachConcurrently } from "../common/pool";
import { contractOf } from "../contracts";
import type { Exchange, Replica, Session } from "../history";
import { judgeRegister, pinLifetime, type AnsweredEvent, type Lifetime } from "../register";
import type { Verdict } from "../report/report";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";

/** A session whose first request was answered. */
export interface Pin {
  readonly session: Session;
  readonly first: AnsweredEvent;
}

/** A pin and what replicas answered when it was read. */
export type PinReads = { readonly pin: Pin; readonly reads: readonly Exchange[] };

/** Pure: the exchange as an event of its session's register; undefined without an answer. */
export function answeredEvent({ answer, replica, sentAt, answeredAt }: Exchange): AnsweredEvent | undefined {
  if (answer.kind === "failure") return undefined;
  return { invokedAt: sentAt, returnedAt: answeredAt, replica: replica.name, model: answer.model };
}

export type Pins = ReturnType<typeof pinsOf>;

/**
 * Begins sessions and reads them with prompts that unpinned routing sends elsewhere.
 * @param atOnce requests at a time: a gateway that is drowned does not answer, and that would say nothing of its pins
 */
export function pinsOf({ options, asker, signal }: RunContext, choice: PromptChoice, prefix: string, atOnce: number) {
  const lifetime = pinLifetime(options.ttlSeconds, contractOf(options).redis);
  let sessions = 0;

  /** Reads one pin through one replica. The exchange becomes part of the session, except during a fault. */
  const read = async ({ session, first }: Pin, replica: Replica, round: number, duringFault = false): Promise<Exchange> => {
    const { index, id, exchanges } = session;
    const prompt = choice.followUp(index, round, first.model);
    const exchange = await asker.ask({ replica, prompt, session: id, round, duringFault });
    if (!duringFault) exchanges.push(exchange);
    return exchange;
  };

  return {
    lifetime,
    read,
    /**
     * Begins sessions, the replicas taking turns. Those whose first request is not answered are left out.
     * @param duringFault the deployment is being disturbed: failures are no fault of the gateway
     */
    async begin(count: number, replicas: readonly Replica[], duringFault = false): Promise<Pin[]> {
      const pins: Pin[] = [];
      const writers = Array.from({ length: count }, (_, i) => replicas[i % replicas.length] as Replica);
      await forEachConcurrently(writers, atOnce, signal, async (replica) => {
        const index = sessions++;
        const id = `${prefix}${String(index + 1).padStart(4, "0")}`;
        const exchange = await asker.ask({ replica, prompt: choice.first(index), session: id, round: 0, duringFault });
        const pinnedUntil = exchange.sentAt + lifetime.lifetimeMs;
        const first = answeredEvent(exchange);
        if (first === undefined) return;
        pins.push({ session: { index, id, exchanges: [exchange], continued: false, pinnedUntil }, first });
      });
      return pins.sort((a, b) => a.session.index - b.session.index);
    },
    async readAll(pins: readonly Pin[], replicas: readonly Replica[]): Promise<readonly PinReads[]> {
      const all = pins.map((pin) => ({ pin, reads: [] as Exchange[] }));
      const pairs = replicas.flatMap((replica, i) => all.map(({ pin, reads }) => ({ pin, reads, replica, round: i + 1 })));
      await forEachConcurrently(pairs, atOnce, signal, async ({ pin, reads, replica, round }) => {
        reads.push(await read(pin, replica, round));
      });
      return all;
    },
    /** Of these pins, those whose sessions have another model now, each with the answer that says so: the first there is. */
    async moved(pins: readonly Pin[], replicas: readonly Replica[]): Promise<Pin[]> {
      const moved: Pin[] = [];
      await forEachConcurrently(pins, atOnce, signal, async (pin) => {
        for (const [i, replica] of replicas.entries()) {
          const now = answeredEvent(await read(pin, replica, i + 1));
          if (now === undefined) continue;
          if (now.model !== pin.first.model) moved.push({ session: pin.session, first: now });
          return;
        }
      });
      return moved;
    },
  };
}

/** A verdict and what it rests on, in one sentence; empty for a pin that was honoured. */
export interface Judged {
  readonly verdict: Verdict;
  readonly summary: string;
}

/**
 * Pure: whether a read is one of a *write-once register with a lifetime* that `first` has written. It was asked after that
 * was answered, so nobody else can have written as long as the pin lives; later answers prove nothing.
 */
export function judgeRead(first: AnsweredEvent, read: AnsweredEvent, lifetime: Lifetime): Judged {
  if (read.returnedAt >= first.invokedAt + lifetime.lifetimeMs - lifetime.toleranceMs) {
    return { verdict: "unknown", summary: "its pin may have run out before it was read (--ttl)" };
  }
  if (judgeRegister([first, read], lifetime).violations.length === 0) return { verdict: "pass", summary: "" };
  const summary = `${read.replica} answered ${read.model}, although ${first.replica} had answered ${first.model}`;
  return { verdict: "fail", summary };
}

/** Pure: whether a pin was honoured by all that were asked. Late or missing answers prove nothing. */
export function judgePin({ pin, reads }: PinReads, lifetime: Lifetime): Judged {
  const judged = reads.map((read): Judged => {
    const { answer, replica } = read;
    if (answer.kind === "failure") return { verdict: "unknown", summary: `${replica.name} did not answer: ${answer.reason}` };
    return judgeRead(pin.first, answeredEvent(read) as AnsweredEvent, lifetime);
  });
  const [worst] = worstOf(judged);
  return worst === undefined ? { verdict: "pass", summary: "" } : { ...worst, summary: `${pin.session.id}: ${worst.summary}` };
}

/** Pure: all that failed, else all that are unknown. */
export function worstOf(judged: readonly Judged[]): readonly Judged[] {
  const failed = judged.filter(({ verdict }) => verdict === "fail");
  return failed.length > 0 ? failed : judged.filter(({ verdict }) => verdict === "unknown");
}

export interface JudgeTerms {
  /** Pins that were to be begun: one that was not is no pass. */
  readonly expected: number;
  /** Says what it means when one is lost, e.g. `a pin of before was lost`. */
  readonly lost: string;
  /** Takes what is found of each pin. */
  readonly judged: Map<Pin, Verdict>;
}

/** Reads pins through all replicas and judges them. @returns undefined when all were honoured */
export async function judgePins(
  pins: Pins,
  begun: readonly Pin[],
  replicas: readonly Replica[],
  { expected, lost, judged }: JudgeTerms,
): Promise<Judged | undefined> {
  const found = (await pins.readAll(begun, replicas)).map((reads) => {
    const judgement = judgePin(reads, pins.lifetime);
    judged.set(reads.pin, judgement.verdict);
    return judgement;
  });
  const [worst, ...others] = worstOf(found);
  if (worst !== undefined) {
    const what = worst.verdict === "fail" ? `${lost}: ` : "";
    const more = others.length === 0 ? "" : ` (and ${others.length} more sessions)`;
    return { verdict: worst.verdict, summary: `${what}${worst.summary}${more}` };
  }
  const missing = expected - begun.length;
  if (missing > 0) return { verdict: "unknown", summary: `${missing} of ${expected} sessions were not answered when they began` };
  return replicas.length < 2 ? { verdict: "unknown", summary: `only ${replicas.length} replicas can be asked` } : undefined;
}

/**
 * Begins a fresh session on one replica and reads it on all others.
 * @param turn chooses the replica on which it begins
 * @returns undefined when all others honoured it, else what went wrong, in one sentence
 */
export async function disagreement(pins: Pins, replicas: readonly Replica[], turn: number): Promise<string | undefined> {
  const writer = replicas[turn % replicas.length];
  if (writer === undefined) return "no replica is ready";
  const [pin] = await pins.begin(1, [writer], true);
  if (pin === undefined) return `${writer.name} did not answer`;
  const readers = replicas.filter((replica) => replica !== writer);
  const reads = await Promise.all(readers.map((reader, i) => pins.read(pin, reader, i + 1, true)));
  const { verdict, summary } = judgePin({ pin, reads }, pins.lifetime);
  return verdict === "pass" ? undefined : summary;
}
