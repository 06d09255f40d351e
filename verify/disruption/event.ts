import { reasonOf, Unmeasurable } from "../common/errors";
import type { Replica } from "../history";
import type { DrawnEvent } from "../report/evidence";
import { calm, recovery, type NoRecovery } from "./course";
import { readyReplicas } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import { judgePins, type Judged, type PinJudgement } from "./judge";
import type { Pin } from "./pins";
import { RedisBack } from "./redis-back";
import type { Stage } from "./stage";
import type { PinTraffic } from "./traffic";
import { waitUntil } from "./wait";

/** A disturbance and what came of it, as reports hold it. Times are milliseconds since the check, or the soak, began. */
export type EventReport = { -readonly [Field in Exclude<keyof DrawnEvent, "requests">]: DrawnEvent[Field] } & {
  readonly id: string;
  /** Redis served again; null where it was not disturbed, or was not seen to. */
  redisBackMs: number | null;
};

/** An event and the requests meanwhile, as the evidence of a check holds it. */
export type DisruptionEvent = EventReport & { readonly requests: PinTraffic["count"] };

/** An event and what it was judged by. */
export interface Conducted {
  readonly event: EventReport;
  readonly judgements: readonly PinJudgement[];
  /** All replicas are ready, and yet do not share new sessions. */
  readonly unshared: boolean;
}

/** Is told of the course of an event. */
export interface Observer {
  /** All replicas are ready and old pins have been begun. @returns why nothing is to be disturbed */
  before?(old: readonly Pin[], replicas: readonly Replica[], expected: number): Promise<Judged | undefined>;
  recovered?(): void;
  /** It is over: all is calm again, or it has failed. */
  after?(): Promise<void>;
  /** Says of a lost pin which it was. */
  lost?(pin: Pin): string;
}

/** Pins for each replica that are begun before a disturbance. */
const pinsPerReplica = 4;

/** Brings about one disturbance, measures how the deployment recovers, and judges old pins and new ones. */
export async function conduct(stage: Stage, disturbance: Disturbance, observer: Observer = {}): Promise<Conducted> {
  const { id, title } = disturbance;
  const times = { startedMs: stage.elapsedMs(), landedMs: null, redisBackMs: null, recoveredMs: null, endedMs: 0 };
  const event: EventReport = { id, title, target: "", ...times, verdict: "unknown", proof: "", summary: "" };
  const judgements: PinJudgement[] = [];
  let unshared = false;
  try {
    const judged = await take(stage, disturbance, event, judgements, observer);
    event.verdict = judged.verdict;
    event.summary = judged.summary;
    unshared = judged.unshared ?? false;
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    event.summary = whyNot(error, stage.run.signal);
  }
  event.endedMs = stage.elapsedMs();
  return { event, judgements, unshared };
}

/** Why a disturbance came to nothing, in one line. */
export function whyNot(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? "interrupted" : reasonOf(error);
}

async function take(
  stage: Stage,
  disturbance: Disturbance,
  event: EventReport,
  judgements: PinJudgement[],
  observer: Observer,
): Promise<Judged & Partial<NoRecovery>> {
  const { disruptable, limits, pins } = stage;
  const { outage, title } = disturbance;
  const look = await calm(stage, "all replicas were ready beforehand");
  const replicas = readyReplicas(look);
  const expected = pinsPerReplica * replicas.length;
  const old = await pins.begin(expected, replicas);
  const broken = await observer.before?.(old, replicas, expected);
  if (broken !== undefined) return broken;

  let inflicted: Inflicted | undefined;
  const disturb = async (): Promise<NoRecovery | undefined> => {
    const redis = outage === true ? await disruptable.redisPods() : [];
    const { landed, target } = (inflicted = await disturbance.inflict(stage, look));
    event.target = target;
    event.proof = await waitUntil(stage, `it had landed: ${title}`, limits.landMs, landed);
    event.landedMs = stage.elapsedMs();
    await using back = outage === true ? new RedisBack(stage, redis.filter(({ ready }) => ready).length) : undefined;
    const failure = await recovery(stage, disturbance, inflicted);
    event.redisBackMs = back?.atMs ?? null;
    if (failure !== undefined) return failure;
    const recoveredMs = (event.recoveredMs = stage.elapsedMs());
    observer.recovered?.();
    event.redisBackMs = (await back?.atLatest(recoveredMs)) ?? null;
    await calm(stage, "pods that were told to end were gone");
    return undefined;
  };
  const failure = await disturb().finally(() => observer.after?.());
  if (failure !== undefined) return failure;

  const after = await calm(stage, "all replicas were ready afterwards");
  const outcome = inflicted?.outcome?.(after);
  if (outcome !== undefined) event.proof = `${event.proof}; ${outcome}`;
  const staying = readyReplicas(after);
  const lost = observer.lost ?? (() => "a pin of before was lost");
  const oldJudged = await judgePins(pins, old, staying, { expected, lost, judgements });
  if (oldJudged !== undefined) return oldJudged;
  const fresh = await pins.begin(staying.length, staying);
  const terms = { expected: staying.length, lost: () => "a new pin is not honoured", judgements };
  const summary = `${old.length} pins of before and ${fresh.length} new ones are honoured by all ${staying.length} replicas`;
  return (await judgePins(pins, fresh, staying, terms)) ?? { verdict: "pass", summary };
}
