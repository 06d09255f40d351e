import { Unmeasurable } from "../common/errors";
import type { Replica } from "../history";
import type { Verdict } from "../report/report";
import { calm, landing, recovery, whyNot } from "./course";
import { readyReplicas } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import { redisFaults } from "./faults";
import { judgePins, type Judged, type JudgeTerms, type PinJudgement } from "./judge";
import type { Pin } from "./pins";
import { RedisBack } from "./redis-back";
import type { Stage } from "./stage";

/** A disturbance and what came of it. Times are milliseconds of the run's clock; undefined: it did not come about. */
export interface Conducted {
  readonly id: string;
  readonly title: string;
  target: string;
  /** What shows that it landed. */
  proof: string;
  readonly startedAt: number;
  landedAt: number | undefined;
  /** Redis served again; only for faults of Redis. */
  redisBackAt: number | undefined;
  /** All replicas were ready, and shared new sessions. */
  recoveredAt: number | undefined;
  endedAt: number;
  verdict: Verdict;
  summary: string;
  /** All replicas are ready, and yet do not share new sessions. */
  unshared: boolean;
  readonly judgements: PinJudgement[];
}

/** The same as reports hold it. Times are milliseconds since the check, or the soak, began. */
export type EventReport = {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly startedMs: number;
  /** Null: it did not land. */
  readonly landedMs: number | null;
  /** Redis served again; null where it was not disturbed, or was not seen to. */
  readonly redisBackMs: number | null;
  /** Null: the deployment did not recover. */
  readonly recoveredMs: number | null;
  readonly endedMs: number;
  readonly verdict: Verdict;
  readonly proof: string;
  readonly summary: string;
};

/** An event and the requests meanwhile, as the evidence of a check holds it. */
export type DisruptionEvent = EventReport & {
  readonly requests: {
    readonly total: number;
    /** Sent to a replica that was ready then, and failed. */
    readonly lost: number;
    /** Answered by another model than the session was pinned to. */
    readonly misrouted: number;
  };
};

/** Who wants to be told of the course of an event, e.g. because of requests that go on meanwhile. */
export interface Observer {
  /** All replicas are ready and old pins have been begun. @returns why nothing is to be disturbed */
  before?(old: readonly Pin[], replicas: readonly Replica[], expected: number): Promise<Judged | undefined>;
  recovered?(at: number): void;
  /** It is over: all is calm again, or it has failed. */
  after?(): Promise<void>;
  /** Says of a lost pin which it was. */
  readonly lost?: (pin: Pin) => string;
}

/** Pins for each replica that are begun before a disturbance. */
const pinsPerReplica = 4;

/** Brings about one disturbance, measures how the deployment recovers, and judges old pins and new ones. */
export async function conduct(stage: Stage, disturbance: Disturbance, observer: Observer): Promise<Conducted> {
  const { clock, signal } = stage.run;
  const { id, title } = disturbance;
  const event: Conducted = {
    ...{ id, title, target: "", proof: "", startedAt: clock.now() },
    ...{ landedAt: undefined, redisBackAt: undefined, recoveredAt: undefined, endedAt: 0 },
    ...{ verdict: "unknown", summary: "", unshared: false, judgements: [] },
  };
  try {
    Object.assign(event, await take(stage, disturbance, event, observer));
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    event.summary = whyNot(error, signal);
  }
  event.endedAt = clock.now();
  return event;
}

async function take(stage: Stage, disturbance: Disturbance, event: Conducted, observer: Observer): Promise<Judged> {
  const { pins, watch } = stage;
  const look = await calm(stage, "all replicas were ready beforehand");
  const replicas = readyReplicas(look);
  const expected = pinsPerReplica * replicas.length;
  const old = await pins.begin(expected, replicas);
  const broken = await observer.before?.(old, replicas, expected);
  if (broken !== undefined) return broken;

  let inflicted: Inflicted | undefined;
  const disturb = async (): Promise<Judged | undefined> => {
    await using back = redisFaults.has(disturbance.id) ? await RedisBack.before(stage) : undefined;
    inflicted = await disturbance.inflict(watch, look);
    event.target = inflicted.target;
    event.proof = await landing(stage, disturbance, inflicted);
    event.landedAt = stage.run.clock.now();
    back?.look();
    const failure = await recovery(stage, disturbance, inflicted);
    event.redisBackAt = back?.at;
    if (failure !== undefined) return failure;
    const recoveredAt = (event.recoveredAt = stage.run.clock.now());
    observer.recovered?.(recoveredAt);
    event.redisBackAt = await back?.atLatest(recoveredAt);
    await calm(stage, "pods that were told to end were gone");
    return undefined;
  };
  const failure = await disturb().finally(() => observer.after?.());
  if (failure !== undefined) return failure;

  const after = await calm(stage, "all replicas were ready afterwards");
  const outcome = inflicted?.outcome?.(after);
  if (outcome !== undefined) event.proof = `${event.proof}; ${outcome}`;
  const staying = readyReplicas(after);
  const { judgements } = event;
  const terms: JudgeTerms = { expected, lost: observer.lost ?? (() => "a pin of before was lost"), judgements };
  const lost = await judgePins(pins, old, staying, terms);
  if (lost !== undefined) return lost;
  const fresh = await pins.begin(staying.length, staying);
  const news: JudgeTerms = { expected: staying.length, lost: () => "a new pin is not honoured", judgements };
  return (
    (await judgePins(pins, fresh, staying, news)) ?? {
      verdict: "pass",
      summary: `${old.length} pins of before and ${fresh.length} new ones are honoured by all ${staying.length} replicas`,
    }
  );
}

/** Pure: an event with its times counted from when the check, or the soak, began. */
export function reportOf(event: Conducted, begunAt: number): EventReport {
  const since = (at: number): number => Math.round(at - begunAt);
  const orNull = (at: number | undefined): number | null => (at === undefined ? null : since(at));
  const { id, title, target, verdict, proof, summary } = event;
  return {
    ...{ id, title, target, startedMs: since(event.startedAt), landedMs: orNull(event.landedAt) },
    ...{ redisBackMs: orNull(event.redisBackAt), recoveredMs: orNull(event.recoveredAt), endedMs: since(event.endedAt) },
    ...{ verdict, proof, summary },
  };
}
