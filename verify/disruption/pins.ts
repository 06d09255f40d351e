import { forEachConcurrently } from "../common/pool";
import type { Exchange, Replica, Session } from "../history";
import { pinLifetime, type AnsweredEvent, type Lifetime } from "../register";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";

/** A session whose first request was answered. */
export interface Pin {
  readonly session: Session;
  /** What pinned it. */
  readonly first: AnsweredEvent;
}

/** A pin and what replicas answered when it was read. */
export type PinReads = { readonly pin: Pin; readonly reads: readonly Exchange[] };

/** Pure: the exchange as an event of its session's register; undefined without an answer. */
export function answeredEvent({ answer, replica, sentAt, answeredAt }: Exchange): AnsweredEvent | undefined {
  if (answer.kind === "failure") return undefined;
  return { invokedAt: sentAt, returnedAt: answeredAt, replica: replica.name, model: answer.model };
}

/** Begins sessions and reads them with prompts that unpinned routing sends elsewhere. */
export class Pins {
  readonly lifetime: Required<Lifetime>;
  #sessions = 0;

  constructor(
    private readonly run: RunContext,
    readonly choice: PromptChoice,
    /** What the ids begin with. */
    private readonly prefix: string,
  ) {
    this.lifetime = pinLifetime(run.options.ttlSeconds);
  }

  /**
   * Begins sessions, the replicas taking turns. Those whose first request is not answered are left out.
   * @param duringFault the deployment is being disturbed: failures are no fault of the gateway
   */
  async begin(count: number, replicas: readonly Replica[], duringFault = false): Promise<Pin[]> {
    const { options, asker, signal } = this.run;
    const pins: Pin[] = [];
    const writers = Array.from({ length: count }, (_, i) => replicas[i % replicas.length] as Replica);
    await forEachConcurrently(writers, options.concurrency, signal, async (replica) => {
      const index = this.#sessions++;
      const id = `${this.prefix}${String(index + 1).padStart(4, "0")}`;
      const exchange = await asker.ask({ replica, prompt: this.choice.first(index), session: id, round: 0, duringFault });
      const pinnedUntil = exchange.sentAt + this.lifetime.lifetimeMs;
      const first = answeredEvent(exchange);
      if (first === undefined) return;
      pins.push({ session: { index, id, exchanges: [exchange], continued: false, pinnedUntil }, first });
    });
    return pins.sort((a, b) => a.session.index - b.session.index);
  }

  /** Reads one pin through one replica. The exchange becomes part of the session, except during a fault. */
  async read({ session, first }: Pin, replica: Replica, round: number, duringFault = false): Promise<Exchange> {
    const { index, id, exchanges } = session;
    const prompt = this.choice.followUp(index, round, first.model) ?? this.choice.first(index + round);
    const exchange = await this.run.asker.ask({ replica, prompt, session: id, round, duringFault });
    if (!duringFault) exchanges.push(exchange);
    return exchange;
  }

  /** Reads every pin through every replica. */
  async readAll(pins: readonly Pin[], replicas: readonly Replica[]): Promise<readonly PinReads[]> {
    const { options, signal } = this.run;
    const all = pins.map((pin) => ({ pin, reads: [] as Exchange[] }));
    const pairs = replicas.flatMap((replica, i) => all.map(({ pin, reads }) => ({ pin, reads, replica, round: i + 1 })));
    await forEachConcurrently(pairs, options.concurrency, signal, async ({ pin, reads, replica, round }) => {
      reads.push(await this.read(pin, replica, round));
    });
    return all;
  }
}
