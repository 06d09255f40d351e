import { forEachConcurrently } from "../common/pool";
import { pinnedModel, type Exchange, type Replica, type Session } from "../history";
import type { RunContext } from "../run/context";
import type { PromptChoice } from "../run/plan";
import { newSession } from "../run/play-sessions";

/** A session of a check's own. */
export interface Pin {
  readonly session: Session;
  readonly writer: Replica;
  /** What it was pinned to by its first answer. */
  readonly model: string;
}

/** One read of a pin by a replica. */
export interface Read {
  readonly pin: Pin;
  readonly exchange: Exchange;
}

/** Most sessions of one check; only their numbers hang on it. */
const mostSessions = 9_999;

/** Begins sessions and reads them with prompts that unpinned routing sends elsewhere. */
export class Pins {
  #sessions = 0;

  constructor(
    private readonly run: RunContext,
    private readonly choice: PromptChoice,
    /** What the ids begin with. */
    private readonly prefix: string,
  ) {}

  /**
   * Begins sessions, the replicas taking turns. Those whose first request is not answered are left out.
   * @param duringFault the deployment is being disturbed: failures are no fault of the gateway
   */
  async begin(count: number, replicas: readonly Replica[], duringFault = false): Promise<Pin[]> {
    const { options, asker, signal } = this.run;
    const pins: Pin[] = [];
    const writers = Array.from({ length: count }, (_, i) => replicas[i % replicas.length] as Replica);
    await forEachConcurrently(writers, options.concurrency, signal, async (writer) => {
      const session = newSession({ count: mostSessions, prefix: this.prefix }, this.#sessions++);
      const prompt = this.choice.first(session.index);
      const exchange = await asker.ask({ replica: writer, prompt, session: session.id, round: 0, duringFault });
      session.exchanges.push(exchange);
      session.pinnedUntil = exchange.sentAt + options.ttlSeconds * 1000;
      const model = pinnedModel(session);
      if (model !== undefined) pins.push({ session, writer, model });
    });
    return pins.sort((a, b) => a.session.index - b.session.index);
  }

  /** Reads one pin through one replica. The exchange becomes part of the session, except during a fault. */
  async read(pin: Pin, replica: Replica, round: number, duringFault = false): Promise<Read> {
    const { session, model } = pin;
    const prompt = this.choice.followUp(session.index, round, model) ?? this.choice.first(session.index + round);
    const exchange = await this.run.asker.ask({ replica, prompt, session: session.id, round, duringFault });
    if (!duringFault) session.exchanges.push(exchange);
    return { pin, exchange };
  }

  /** Reads every pin through every replica. */
  async readAll(pins: readonly Pin[], replicas: readonly Replica[]): Promise<Read[]> {
    const reads: Read[] = [];
    const pairs = replicas.flatMap((replica, i) => pins.map((pin) => ({ pin, replica, round: i + 1 })));
    await forEachConcurrently(pairs, this.run.options.concurrency, this.run.signal, async ({ pin, replica, round }) => {
      reads.push(await this.read(pin, replica, round));
    });
    return reads;
  }
}
