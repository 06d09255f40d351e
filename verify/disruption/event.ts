import { reasonOf, Unmeasurable } from "../common/errors";
import type { DrawnEvent } from "../report/evidence";
import type { DeploymentLook } from "../targets/disruptable";
import { disagreement, judgePins, type Judged, type Pin, type PinJudgement } from "./pins";
import { watchRedis } from "./redis-back";
import { notReady, readyReplicas, type Disturbance, type Inflicted, type Stage } from "./stage";
import { startPinTraffic, type PinRequests } from "./traffic";
import { NotYet, TimedOut, waitUntil } from "./wait";

/** A disturbance and what came of it, as reports hold it. Times are milliseconds since the check, or the soak, began. */
export type EventReport = { -readonly [Field in Exclude<keyof DrawnEvent, "requests">]: DrawnEvent[Field] } & {
  readonly id: string;
  /** Redis served again; null where it was not disturbed, or was not seen to. */
  redisBackMs: number | null;
};

/** An event and the requests meanwhile, as the evidence of a check holds it. */
export type DisruptionEvent = EventReport & { readonly requests: PinRequests };

/** An event and what it was judged by. */
export interface Conducted {
  readonly event: EventReport;
  readonly judgements: PinJudgement[];
  readonly requests: PinRequests;
  /** All replicas are ready, and yet do not share new sessions. */
  unshared: boolean;
}

export interface ConductTerms {
  /** Pins that are lost beforehand end it; then every other one is used while the deployment is disturbed. */
  readonly usesPins?: true;
  /** Called when all is ready to be disturbed, and when the deployment has recovered. */
  readonly begins?: () => void;
  readonly recovered?: () => void;
}

/** Pins for each replica that are begun before a disturbance. */
const pinsPerReplica = 4;

/** Brings about one disturbance, measures how the deployment recovers, and judges old pins and new ones. */
export async function conduct(stage: Stage, disturbance: Disturbance, terms: ConductTerms = {}): Promise<Conducted> {
  const { id, title } = disturbance;
  const times = { startedMs: stage.elapsedMs(), landedMs: null, redisBackMs: null, recoveredMs: null, endedMs: 0 };
  const event: EventReport = { id, title, target: "", ...times, verdict: "unknown", proof: "", summary: "" };
  const conducted: Conducted = { event, judgements: [], requests: { total: 0, lost: 0, misrouted: 0 }, unshared: false };
  try {
    const { verdict, summary } = await take(stage, disturbance, conducted, terms);
    Object.assign(event, { verdict, summary });
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    event.summary = whyNot(error, stage.run.signal);
  }
  event.endedMs = stage.elapsedMs();
  return conducted;
}

/** Why a disturbance came to nothing, in one line. */
export function whyNot(error: unknown, signal: AbortSignal): string {
  return signal.aborted ? "interrupted" : reasonOf(error);
}

async function take(
  stage: Stage,
  disturbance: Disturbance,
  conducted: Conducted,
  { usesPins, begins, recovered }: ConductTerms,
): Promise<Judged> {
  const { event, judgements, requests } = conducted;
  const { disruptable, limits, pins } = stage;
  const look = await calm(stage, "all replicas were ready beforehand");
  const replicas = readyReplicas(look);
  const expected = pinsPerReplica * replicas.length;
  const old = await pins.begin(expected, replicas);
  const used = usesPins === true ? old.filter((_, i) => i % 2 === 0) : [];
  if (usesPins === true) {
    const lost = (): string => "a pin was lost before anything was disturbed";
    const broken = await judgePins(pins, old, replicas, { expected, lost });
    if (broken !== undefined) return broken;
  }

  let inflicted: Inflicted | undefined;
  const disturb = async (): Promise<Judged | undefined> => {
    await using _traffic = usesPins === true ? startPinTraffic(stage, used, requests) : undefined;
    begins?.();
    const redis = disturbance.outage === true ? await disruptable.redisPods() : [];
    inflicted = await disturbance.inflict(stage, look);
    event.target = inflicted.target;
    event.proof = await waitUntil(stage, `it had landed: ${disturbance.title}`, limits.landMs, inflicted.landed);
    event.landedMs = stage.elapsedMs();
    const members = redis.filter(({ ready }) => ready).length;
    await using back = disturbance.outage === true ? watchRedis(stage, members) : undefined;
    const failure = await recovery(stage, disturbance, inflicted, conducted);
    event.redisBackMs = back?.soFar() ?? null;
    if (failure !== undefined) return failure;
    const recoveredMs = (event.recoveredMs = stage.elapsedMs());
    recovered?.();
    event.redisBackMs = (await back?.atLatest(recoveredMs)) ?? null;
    await calm(stage, "pods that were told to end were gone");
    return undefined;
  };
  const failure = await disturb();
  if (failure !== undefined) return failure;

  const after = await calm(stage, "all replicas were ready afterwards");
  const outcome = inflicted?.outcome?.(after);
  if (outcome !== undefined) event.proof = `${event.proof}; ${outcome}`;
  const staying = readyReplicas(after);
  // Requests that find Redis away may pin their session again when it is back.
  const lost = (pin: Pin): string => `a pin of before${used.includes(pin) ? ", in use meanwhile," : ""} was lost`;
  const oldJudged = await judgePins(pins, old, staying, { expected, lost, judgements });
  if (oldJudged !== undefined) return oldJudged;
  const fresh = await pins.begin(staying.length, staying);
  const terms = { expected: staying.length, lost: () => "a new pin is not honoured", judgements };
  const summary = `${old.length} pins of before and ${fresh.length} new ones are honoured by all ${staying.length} replicas`;
  return (await judgePins(pins, fresh, staying, terms)) ?? { verdict: "pass", summary };
}

/** Longest wait for pods that were told to end to be gone, in milliseconds. */
const settleMs = 120_000;

/**
 * Waits until every wanted replica is ready and no pod is on its way out.
 * @throws TimedOut
 */
function calm(stage: Stage, subject: string): Promise<DeploymentLook> {
  const look = stage.watch.fromNow();
  return waitUntil(stage, subject, settleMs, async () => {
    const seen = look();
    const leaving = seen.pods.filter((pod) => pod.leaving).map(({ name }) => `${name} is ending`);
    const missing = notReady(seen) ?? leaving.join(", ");
    if (missing !== "") throw new NotYet(missing);
    return seen;
  });
}

/** Waits for the recovery. @returns why there was none; undefined when there was */
async function recovery(
  stage: Stage,
  { after, scales }: Disturbance,
  inflicted: Inflicted,
  conducted: Conducted,
): Promise<Judged | undefined> {
  const look = stage.watch.fromNow();
  let turn = 0;
  /** What stood in the way at the last look. */
  let obstacle = "blind" as "blind" | "unready" | "unshared";
  const recovered = async (): Promise<true> => {
    obstacle = "blind";
    const seen = look();
    obstacle = "unready";
    let missing = notReady(seen) ?? (await inflicted.missing?.(seen));
    if (missing === undefined && scales !== true) {
      obstacle = "unshared";
      missing = await disagreement(stage.pins, readyReplicas(seen), turn++);
    }
    if (missing !== undefined) throw new NotYet(missing);
    return true;
  };
  try {
    await waitUntil(stage, `it had recovered after ${after}`, stage.limits.recoverMs, recovered);
    return undefined;
  } catch (error) {
    if (!(error instanceof TimedOut)) throw error;
    conducted.unshared = obstacle === "unshared";
    const [what, verdict] = (
      {
        blind: ["could not see what happened", "unknown"],
        unready: ["not recovered", scales === true ? "unknown" : "fail"],
        unshared: ["new sessions are not shared", "fail"],
      } as const
    )[obstacle];
    return { verdict, summary: `${what} ${error.limitMs / 1000} s after ${after}: ${error.lastSeen}` };
  }
}
