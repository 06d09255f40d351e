import type { Session } from "../../history";
import { RedisInspector, type Look } from "../../redis/inspector";
import type { RedisMemory } from "../../redis/memory";
import { pinKey, readPin } from "../../redis/pin";
import type { RunContext } from "../../run/context";
import type { Check, Played, RunningCheck } from "../../run/check";
import type { Finding } from "../../report/report";
import { PinTally, type Inspected } from "./tally";

/** The pin is in Redis under the key of this version, names the model that was served, and ages as it should. */
export const redis: Check = {
  id: "redis",
  title: "Pins are in Redis as they should be",
  async begin(run) {
    const inspector = await RedisInspector.connect(await run.target.redisUrl());
    try {
      return new RedisCheck(run, inspector, await inspector.memory());
    } catch (error) {
      await inspector[Symbol.asyncDispose]();
      throw error;
    }
  },
};

/** Sessions whose last read is held back until the pin is old enough for an extended life to show. */
const agedSessions = 8;

/** Age of a pin at which setting its life anew moves its end by far more than the bounds of a look are apart. */
const ageMs = 25;

const chunkSize = 1_000;

/** What the first look at a pin showed. A run may have hundreds of thousands of them. */
type EarlyLook = Pick<Inspected, "early" | "isUnwritten"> & { readonly pinnedUntil: number };

class RedisCheck implements RunningCheck {
  /** By the index of the session. */
  readonly #early: EarlyLook[] = [];
  /** Values are few, and kept once. */
  readonly #values = new Map<string | null, string | null>();

  constructor(
    private readonly run: RunContext,
    private readonly inspector: RedisInspector,
    private readonly before: RedisMemory | undefined,
  ) {
    run.freshnessKnown = true;
  }

  /** Ids with a fixed prefix may be pinned already; unique ones cannot be. */
  async starting(session: Session): Promise<void> {
    if (this.run.options.sessionPrefix === undefined) return;
    const now = this.run.clock.now();
    const look = await this.#look(session);
    if (look.value === null) return;
    session.continued = true;
    if (look.pttl >= 0) session.pinnedUntil = now + look.pttl;
  }

  async firstAnswered(session: Session): Promise<void> {
    const { index, pinnedUntil } = session;
    const { value, pttl, expiresTo } = await this.#look(session);
    if (!this.#values.has(value)) this.#values.set(value, value);
    // Plano writes the pin before it sends the request on. A Redis that follows another one may be behind.
    const isBehind = this.before !== undefined && this.before.role !== "master";
    const isDue = !isBehind && !session.continued && this.run.clock.now() < pinnedUntil;
    const early = { value: this.#values.get(value) ?? null, pttl, expiresTo };
    this.#early[index] = { early, pinnedUntil, isUnwritten: isDue && value === null };
  }

  async lastRoundStarting(session: Session): Promise<void> {
    if (session.index >= agedSessions) return;
    const age = this.run.clock.now() - (session.exchanges[0]?.answeredAt ?? 0);
    if (age < ageMs) await this.run.clock.sleep(ageMs - age, this.run.signal);
  }

  async conclude({ sessions }: Played): Promise<Finding> {
    const { options, clock, progress } = this.run;
    const tally = new PinTally(options);
    for (let from = 0; from < sessions.length; from += chunkSize) {
      progress({ phase: "redis: reading pins", done: from, total: sessions.length });
      const chunk = sessions.slice(from, from + chunkSize);
      const looks = await this.inspector.look(chunk.map(({ id }) => this.#keyOf(id)));
      const now = clock.now();
      chunk.forEach((record, i) => {
        const late = looks[i] as Look;
        if (record.model === null) return;
        record.route = late.value === null ? null : (readPin(late.value)?.route ?? null);
        record.ttlSeconds = late.pttl >= 0 ? Math.round(late.pttl) / 1000 : null;
        const { pinnedUntil, early, isUnwritten } = this.#early[from + i] as EarlyLook;
        tally.add({ session: { id: record.id, model: record.model, pinnedUntil }, early, isUnwritten, late }, now);
      });
    }
    // All pins have been read by now: what else Redis says is welcome, and no more.
    const after = await this.inspector.memory().catch(() => undefined);
    return tally.conclude({ before: this.before, after });
  }

  async #look(session: Session): Promise<Look> {
    try {
      return await this.inspector.lookSoon(this.#keyOf(session.id));
    } catch (error) {
      // Later sessions are not looked at.
      this.run.freshnessKnown = this.run.options.sessionPrefix === undefined;
      throw error;
    }
  }

  #keyOf(id: string): string {
    return pinKey(id, this.run.options.tenant?.value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inspector[Symbol.asyncDispose]();
  }
}
