import { optionFor, otherPlano, termsOf, type Contract } from "../../contracts";
import type { Finding, Json } from "../../report/report";
import type { Look } from "../../redis/inspector";
import { describeEvictions, evictedBetween, type RedisMemory } from "../../redis/memory";
import { pinKey, readPin } from "../../redis/pin";
import { judgeNames, type ModelPair } from "./model-names";

export interface Inspected {
  /** Its id, the model that it was served, and until when its pin is certain to live (`Clock.now()` milliseconds). */
  readonly session: { readonly id: string; readonly model: string; readonly pinnedUntil: number };
  /** After the first answer. */
  readonly early: Omit<Look, "expiresFrom">;
  /** It was not there after the first answer, and should have been. Default false. */
  readonly isUnwritten?: boolean;
  /** After the last round. */
  readonly late: Look;
}

interface PinTerms {
  readonly ttlSeconds: number;
  /** It says how pins are kept. */
  readonly contract: Contract;
  readonly tenant?: { readonly value: string };
}

/** Redis' memory when the run began and after the last look; undefined where it does not tell. */
export type MemoryLooks = { readonly [at in "before" | "after"]?: RedisMemory };

/** What is wrong with a pin, in words. */
interface Problem {
  readonly text: string;
  /** It was gone before its end, at a look or between two. */
  readonly isLoss?: true;
  /** It came late, and nothing else is wrong: often the trace of another session's problem, which says more. */
  readonly isLate?: true;
}

const shown = 20;

/** Counts pins one by one, so that none of them need be kept, and judges them by the counts. */
export class PinTally {
  readonly #problems: string[] = [];
  readonly #late: string[] = [];
  readonly #pins: Json[] = [];
  readonly #models = new Map<string, ModelPair>();
  #inspected = 0;
  #problemCount = 0;
  #lateCount = 0;
  #lost = 0;
  #expired = 0;
  #odd = "";
  /** Pins whose ageing was seen, and those of them whose life began anew. */
  #aged = 0;
  #renewed = 0;

  constructor(private readonly terms: PinTerms) {}

  /** @param now when `late` was read, by the clock of `pinnedUntil` */
  add(one: Inspected, now: number): void {
    const { session, early, late } = one;
    const redis = termsOf(this.terms.contract, "redis");
    const key = pinKey(redis.key, session.id, this.terms.tenant?.value);
    this.#inspected++;
    if (this.#pins.length < shown) this.#pins.push({ key, value: late.value, pttlMs: late.pttl });
    const configured = late.value === null ? undefined : readPin(late.value, redis)?.model;
    if (configured !== undefined) {
      const pair = `${configured}\n${session.model}`;
      if (!this.#models.has(pair)) this.#models.set(pair, { configured, served: session.model, session: session.id });
    }
    if ((late.value === null || isOdd(late)) && now >= session.pinnedUntil) {
      this.#expired++;
      return;
    }
    const odd = [early, late].find(isOdd);
    if (odd !== undefined) {
      this.#odd ||= `Redis' answers to GET and PTTL of key ${key} contradict each other (PTTL: ${odd.pttl})`;
      return;
    }
    const problem = problemOf(one, this.terms, key);
    if (problem === undefined) {
      // A clock that stands still shows no ageing.
      if (early.pttl < 0 || late.expiresFrom - late.pttl <= early.expiresTo - early.pttl) return;
      this.#aged++;
      if (late.expiresFrom > early.expiresTo) this.#renewed++;
      return;
    }
    if (problem.isLoss === true) this.#lost++;
    if (problem.isLate === true) this.#lateCount++;
    else this.#problemCount++;
    const list = problem.isLate === true ? this.#late : this.#problems;
    if (list.length < shown) list.push(problem.text);
  }

  /**
   * Pure, but for what was added.
   * @param looks without them no pin is said to have been evicted
   * @param models those that the gateway is known to serve
   */
  conclude({ before, after }: MemoryLooks = {}, models: readonly string[] = []): Finding {
    const [inspected, expired] = [this.#inspected, this.#expired];
    const evicted = evictedBetween(before, after);
    // Redis does not say which keys it evicted: it may have been all that were lost, or some of them, and it is not known which.
    const isFull = evicted !== undefined && after !== undefined && this.#lost > 0 && evicted >= this.#lost;
    const cause = isFull ? describeEvictions(evicted, after) : undefined;
    const pairs = [...this.#models.values()];
    const [wrong, open] = (["fail", "unknown"] as const).map((verdict) => {
      const found = pairs.find((pair) => judgeNames(pair, pairs, models) === verdict);
      return found && `the pin of ${found.session} names ${found.configured}, but ${found.served} was served`;
    });
    const own = this.#problemCount > 0 || wrong === undefined ? this.#problems : [wrong];
    const problems = [...own, ...this.#late].slice(0, shown);
    const count = this.#problemCount || own.length || this.#lateCount;
    const { contract, ttlSeconds } = this.terms;
    const { modelField = null, sliding = false } = termsOf(contract, "redis");
    const memory = after && { usedBytes: after.usedBytes, maxBytes: after.maxBytes, policy: after.policy };
    const evidence = {
      contract: contract.name,
      pin: sliding ? "anchored" : "fixed",
      valueField: modelField,
      inspected,
      expired,
      lost: this.#lost,
      writtenLate: this.#lateCount,
      redis: { ...memory, evictedDuringRun: evicted ?? null },
      ...(cause === undefined ? {} : { cause }),
      problems,
      pins: this.#pins,
    };
    const found = (verdict: Finding["verdict"], summary: string): Finding => ({ verdict, summary, evidence });
    if (own.length === 0 && this.#lateCount > 0 && before === undefined) {
      return found("unknown", `${problems[0]}; or this Redis follows another one, which it does not say (INFO replication)`);
    }
    const { role = "master" } = after ?? before ?? {};
    if (count > 0 && role !== "master" && this.#lost === this.#problemCount + this.#lateCount) {
      const why = `this Redis is a replica (role ${role}), which may have lost its master: name the master (--redis-url)`;
      return found("unknown", `${problems[0]}; but ${why}`);
    }
    if (count > 0) {
      const more = count > 1 ? ` (and ${count - 1} more)` : "";
      // What was evicted may have been written anew, by a request that was routed again.
      const but = problems[0]?.includes("does not exist") === true ? "; " : ", or it was evicted and written anew: ";
      return found("fail", `${problems[0]}${more}${cause === undefined ? "" : `${but}${cause}`}`);
    }
    const other = otherPlano(contract);
    const instead = other === undefined ? "" : `, or ${optionFor(other)} for ${other.releases}`;
    const renewal = `as ${optionFor(contract)} has it: take more rounds${instead}`;
    const doubts: readonly (readonly [boolean, string])[] = [
      [this.#odd !== "", this.#odd],
      [open !== undefined, `${open}, and no other pin tells whether that is its name: use more sessions`],
      [inspected === 0, "no session was answered, so there was no pin to look for"],
      [expired * 2 > inspected, `${expired} of ${inspected} pins ran out before they were read: use fewer sessions`],
      [this.#aged === 0, "no pin was there after its first answer and aged by Redis' clock, so its ageing was not seen"],
      [sliding && this.#renewed === 0, `no pin's life was seen to begin anew, ${renewal}`],
    ];
    const doubt = doubts.find(([is]) => is);
    if (doubt !== undefined) return found("unknown", doubt[1]);
    const life = sliding ? "lives on with every request" : "is not extended by reads";
    return found(
      "pass",
      `${inspected - expired} of ${inspected} pins: each names the model served, ends within ${ttlSeconds} s and ${life}`,
    );
  }
}

/** Whether a key has a value and no life left, or the other way round: it changed just then, or Redis does not tell. */
const isOdd = ({ value, pttl }: Pick<Look, "value" | "pttl">): boolean => (value === null) !== (pttl === -2) || pttl === 0;

/** Pure: what is wrong with one pin; undefined for nothing. */
function problemOf(one: Inspected, { ttlSeconds, contract }: PinTerms, key: string): Problem | undefined {
  const { early, late, isUnwritten = false } = one;
  const redis = termsOf(contract, "redis");
  if (late.value === null) {
    const never = isUnwritten ? ", nor did it right after the first answer" : "";
    return { text: `key ${key} does not exist${never}`, isLoss: true };
  }
  const kept = readPin(late.value, redis);
  if (kept === undefined) {
    const other = otherPlano(contract);
    if (late.value === "") return { text: `key ${key} has an empty value` };
    if (other === undefined || readPin(late.value, other.redis) === undefined)
      return { text: `the value of key ${key} names no model` };
    const found = `${other.redis.modelField}, as ${other.releases} writes it, and not ${redis.modelField}`;
    return { text: `the value of key ${key} has ${found} (${optionFor(contract)})` };
  }
  if (late.pttl === -1) return { text: `key ${key} has no TTL, so its pin never runs out` };
  const longest = Math.max(late.pttl, early.pttl);
  if (longest > ttlSeconds * 1000) {
    const seconds = Math.round(longest / 1000);
    return { text: `key ${key} has a TTL of ${seconds} s, longer than the ${ttlSeconds} s expected (--ttl)` };
  }
  if (isUnwritten) {
    const text = `key ${key} did not exist right after the first answer: its pin was written late`;
    return { text, isLoss: true, isLate: true };
  }
  if (early.value === null || early.pttl < 0) return undefined;
  const isRenewed = late.expiresFrom > early.expiresTo;
  // It may have been evicted, and a request has written it anew.
  const loss = isRenewed && redis.sliding !== true ? ({ isLoss: true } as const) : {};
  // Beside the model, a value that every request writes anew may hold the time.
  if (redis.sliding === true ? readPin(early.value, redis)?.model !== kept.model : early.value !== late.value) {
    return { text: `the value of key ${key} changed while the session was pinned`, ...loss };
  }
  if (redis.sliding === true || !isRenewed) return undefined;
  const extendedMs = Math.round(late.expiresFrom - early.expiresTo);
  return { text: `the TTL of key ${key} was extended by reads, by at least ${extendedMs} ms`, ...loss };
}
