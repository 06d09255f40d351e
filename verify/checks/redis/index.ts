import { contractOf, termsOf } from "../../contracts";
import type { Session } from "../../history";
import { RedisInspector, type Look } from "../../redis/inspector";
import type { RedisMemory } from "../../redis/memory";
import { pinKey, readPin } from "../../redis/pin";
import type { RunContext } from "../../run/context";
import type { Check, RunningCheck } from "../../run/check";
import { PinTally, type Inspected } from "./tally";

/** Sessions whose last read is held back until the pin is old enough for an extended life to show. */
const agedSessions = 8;

/** Age of a pin at which setting its life anew moves its end by far more than the bounds of a look are apart. */
const ageMs = 25;

const chunkSize = 1_000;

/** What the first look at a pin showed. A run may have hundreds of thousands of them. */
type EarlyLook = Pick<Inspected, "early" | "isUnwritten"> & { readonly pinnedUntil: number };

/** The pin is in Redis under the key of the contract, names the model that was served, and ages as it should. */
export const redis: Check = {
  id: "redis",
  title: "Pins are in Redis as they should be",
  async begin(run) {
    const isHash = termsOf(contractOf(run.options), "redis").format === "hash";
    const inspector = await RedisInspector.connect(await run.target.redisUrl(), run.options.redisCa, isHash);
    return watchPins(run, inspector, await inspector.memory());
  },
};

function watchPins(run: RunContext, inspector: RedisInspector, before: RedisMemory | undefined): RunningCheck {
  const { options, clock, signal, progress } = run;
  const contract = contractOf(options);
  const terms = termsOf(contract, "redis");
  /** By the index of the session. */
  const earlyLooks: EarlyLook[] = [];
  const keyOf = (id: string): string => pinKey(terms.key, id, options.tenant?.value);
  const lookAt = async ({ id }: Session): Promise<Look> => {
    try {
      return await inspector.lookSoon(keyOf(id));
    } catch (error) {
      // Later sessions are not looked at.
      run.freshnessKnown = options.sessionPrefix === undefined;
      throw error;
    }
  };
  run.freshnessKnown = true;
  return {
    /** Ids with a fixed prefix may be pinned already; unique ones cannot be. */
    async starting(session) {
      if (options.sessionPrefix === undefined) return;
      const now = clock.now();
      const look = await lookAt(session);
      if (look.value === null) return;
      session.continued = true;
      if (look.pttl !== -1) session.pinnedUntil = now + look.pttl;
    },
    async firstAnswered(session) {
      const { index, pinnedUntil } = session;
      const early = await lookAt(session);
      // Gateways write the pin before they send the request on. A Redis that follows another one may be behind.
      const isBehind = before !== undefined && before.role !== "master";
      const isDue = !isBehind && !session.continued && clock.now() < pinnedUntil;
      earlyLooks[index] = { early, pinnedUntil, isUnwritten: isDue && early.value === null };
    },
    async lastRoundStarting(session) {
      if (session.index >= agedSessions) return;
      const age = clock.now() - (session.exchanges[0]?.answeredAt ?? 0);
      if (age < ageMs) await clock.sleep(ageMs - age, signal);
    },
    async conclude({ sessions, survey }) {
      const tally = new PinTally({ ...options, contract });
      for (let from = 0; from < sessions.length; from += chunkSize) {
        progress({ phase: "redis: reading pins", done: from, total: sessions.length });
        const chunk = sessions.slice(from, from + chunkSize);
        const looks = await inspector.look(chunk.map(({ id }) => keyOf(id)));
        const now = clock.now();
        chunk.forEach((record, i) => {
          const late = looks[i] as Look;
          if (record.model === null) return;
          record.route = late.value === null ? null : (readPin(late.value, terms)?.route ?? null);
          record.ttlSeconds = late.pttl >= 0 ? Math.round(late.pttl) / 1000 : null;
          const { pinnedUntil, early, isUnwritten } = earlyLooks[from + i] as EarlyLook;
          tally.add({ session: { id: record.id, model: record.model, pinnedUntil }, early, isUnwritten, late }, now);
        });
      }
      // All pins have been read by now: what else Redis says is welcome, and no more.
      const after = await inspector.memory().catch(() => undefined);
      return tally.conclude({ before, after }, survey.models);
    },
    [Symbol.asyncDispose]: () => inspector[Symbol.asyncDispose](),
  };
}
