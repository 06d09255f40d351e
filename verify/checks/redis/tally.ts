import type { Json } from "../../report/report";
import { answersAs, pinKey, readPin } from "../../redis/pin";
import type { Look } from "../../redis/inspector";
import type { Finding } from "../check";

/** One session as Redis had it. */
export interface Inspected {
  /** Its id, the model that it was served, and until when its pin is certain to live (`Clock.now()` milliseconds). */
  readonly session: { readonly id: string; readonly model: string; readonly pinnedUntil: number };
  /** After the first answer; undefined when it was not read. */
  readonly early: Omit<Look, "expiresFrom"> | undefined;
  /** After the last round. */
  readonly late: Look;
}

/** What pins are judged by. */
export interface PinTerms {
  readonly ttlSeconds: number;
  readonly tenant?: { readonly value: string };
}

/** Pins that are shown as evidence, and problems. */
const shown = 20;

/** Counts pins one by one, so that none of them need be kept, and judges them by the counts. */
export class PinTally {
  readonly #terms: PinTerms;
  readonly #problems: string[] = [];
  readonly #pins: Json[] = [];
  readonly #models = new Map<string, ModelPair>();
  #inspected = 0;
  #problemCount = 0;
  #expired = 0;
  #unextended = 0;

  constructor(terms: PinTerms) {
    this.#terms = terms;
  }

  /** @param now when `late` was read, by the clock of `pinnedUntil` */
  add(one: Inspected, now: number): void {
    const { session, early, late } = one;
    const key = pinKey(session.id, this.#terms.tenant?.value);
    this.#inspected++;
    if (this.#pins.length < shown) this.#pins.push({ key, value: late.value, pttlMs: late.pttl });
    const configured = late.value === null ? undefined : readPin(late.value)?.model;
    if (configured !== undefined) {
      const pair = `${configured}\n${session.model}`;
      if (!this.#models.has(pair)) this.#models.set(pair, { configured, served: session.model, session: session.id });
    }
    if (late.value === null && now >= session.pinnedUntil) {
      this.#expired++;
      return;
    }
    const problem = pinProblem(one, this.#terms.ttlSeconds, key);
    if (problem === undefined) {
      if (early !== undefined && early.pttl >= 0) this.#unextended++;
      return;
    }
    this.#problemCount++;
    if (this.#problems.length < shown) this.#problems.push(problem);
  }

  /** Pure, but for what was added. */
  conclude(): Finding {
    const [inspected, expired] = [this.#inspected, this.#expired];
    const modelProblem = this.#problemCount === 0 ? wrongModel([...this.#models.values()]) : undefined;
    const problems = modelProblem === undefined ? this.#problems : [modelProblem];
    const count = modelProblem === undefined ? this.#problemCount : 1;
    const evidence = { inspected, expired, problems, pins: this.#pins };
    const found = (verdict: Finding["verdict"], summary: string): Finding => ({ verdict, summary, evidence });
    if (count > 0) return found("fail", `${problems[0]}${count > 1 ? ` (and ${count - 1} more)` : ""}`);
    if (inspected === 0) return found("unknown", "no session was answered, so there was no pin to look for");
    if (expired * 2 > inspected) {
      return found("unknown", `${expired} of ${inspected} pins ran out before they were read: use fewer sessions`);
    }
    if (this.#unextended === 0) {
      return found("unknown", "no pin was there after its first answer, so its ageing was not seen");
    }
    return found(
      "pass",
      `${inspected - expired} of ${inspected} pins: each names the model served, ends within ${this.#terms.ttlSeconds} s and is not extended by reads`,
    );
  }
}

function pinProblem({ early, late }: Inspected, ttlSeconds: number, key: string): string | undefined {
  if (late.value === null) return `key ${key} does not exist`;
  if (readPin(late.value) === undefined) {
    return late.value === "" ? `key ${key} has an empty value` : `the value of key ${key} names no model`;
  }
  if (late.pttl === -1) return `key ${key} has no TTL, so its pin never runs out`;
  if (late.pttl > ttlSeconds * 1000 || (early !== undefined && early.pttl > ttlSeconds * 1000)) {
    const seconds = Math.round(Math.max(late.pttl, early?.pttl ?? 0) / 1000);
    return `key ${key} has a TTL of ${seconds} s, longer than the ${ttlSeconds} s expected (--ttl)`;
  }
  if (early === undefined || early.value === null || early.pttl < 0) return undefined;
  if (early.value !== late.value) return `the value of key ${key} changed while the session was pinned`;
  if (late.expiresFrom > early.expiresTo) {
    return `the TTL of key ${key} was extended by reads, by at least ${Math.round(late.expiresFrom - early.expiresTo)} ms`;
  }
  return undefined;
}

/** A configured model, the model that was served, and a session in which they met. */
interface ModelPair {
  readonly configured: string;
  readonly served: string;
  readonly session: string;
}

/**
 * A configured name and the name that its upstream answers with need not be alike (aliases, deployment names). Where
 * they are, they must be of one session; where not, they must at least belong together one to one, two or more times.
 */
function wrongModel(all: readonly ModelPair[]): string | undefined {
  const distinct = (key: "configured" | "served"): number => new Set(all.map((pair) => pair[key])).size;
  const oneToOne = all.length >= 2 && distinct("configured") === all.length && distinct("served") === all.length;
  const wrong = all.find(
    ({ configured, served }) =>
      !answersAs(configured, served) && !(oneToOne && !all.some((other) => answersAs(configured, other.served))),
  );
  if (wrong === undefined) return undefined;
  return `the pin of ${wrong.session} names ${wrong.configured}, but ${wrong.served} was served`;
}
