import { Unmeasurable } from "../common/errors";
import { contractOf } from "../contracts";
import type { DrawnEvent } from "../report/evidence";
import type { Verdict } from "../report/report";
import type { DeploymentLook } from "../targets/disruptable";
import { disagreement, judgePins, type Judged, type Pin } from "./pins";
import { notReady, readyReplicas, type Disturbance, type Inflicted, type Stage } from "./stage";
import { startPinTraffic, type PinRequests } from "./traffic";
import { TimedOut, waitUntil } from "./wait";

/** A disturbance and what came of it, as reports hold it. Times are milliseconds since the check, or the soak, began. */
export type EventReport = { -readonly [Field in Exclude<keyof DrawnEvent, "requests">]: DrawnEvent[Field] } & {
  readonly id: string;
  /** Redis served again; null where it was not disturbed, or was not seen to. */
  redisBackMs: number | null;
};

/** An event and the requests meanwhile, as the evidence of a check holds it. */
export type DisruptionEvent = EventReport & Pick<Conducted, "requests" | "anchoredAnew">;

/** An event and what it was judged by. */
export interface Conducted {
  readonly event: EventReport;
  readonly judged: Map<Pin, Verdict>;
  readonly requests: PinRequests;
  /**
   * Sessions that were used while Redis was away, and those of them that have had another model since. Null where the
   * contract allows that never.
   */
  anchoredAnew: { readonly used: number; readonly moved: number } | null;
  /** All replicas are ready, and yet do not share new sessions. */
  unshared: boolean;
}

export interface ConductTerms {
  /** Pins that are lost beforehand end it; then every other one is used while the deployment is disturbed. */
  readonly usesPins?: true;
  /** Takes the instants, by the run's clock, at which the disturbance begins and the deployment has recovered. */
  readonly span?: { from: number; recoveredAt: number };
}

/** Pins for each replica that are begun before a disturbance. */
const pinsPerReplica = 4;

/** Brings about one disturbance, measures how the deployment recovers, and judges old pins and new ones. */
export async function conduct(stage: Stage, disturbance: Disturbance, terms: ConductTerms = {}): Promise<Conducted> {
  const { id, title } = disturbance;
  const times = { startedMs: stage.elapsedMs(), landedMs: null, redisBackMs: null, recoveredMs: null, endedMs: 0 };
  const event: EventReport = { id, title, target: "", ...times, verdict: "unknown", proof: "", summary: "" };
  const conducted: Conducted = {
    event,
    judged: new Map(),
    requests: { total: 0, lost: 0, misrouted: 0 },
    anchoredAnew: null,
    unshared: false,
  };
  try {
    Object.assign(event, await take(stage, disturbance, conducted, terms));
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    event.summary = stage.run.signal.aborted ? "interrupted" : error.message;
  }
  event.endedMs = stage.elapsedMs();
  return conducted;
}

async function take(
  stage: Stage,
  disturbance: Disturbance,
  conducted: Conducted,
  { usesPins, span }: ConductTerms,
): Promise<Judged> {
  const { event, judged, requests } = conducted;
  const { limits, pins, run } = stage;
  const look = await calm(stage, "all replicas were ready beforehand");
  const replicas = readyReplicas(look);
  const expected = pinsPerReplica * replicas.length;
  const old = await pins.begin(expected, replicas);
  if (usesPins === true) {
    const lost = "a pin was lost before anything was disturbed";
    const broken = await judgePins(pins, old, replicas, { expected, lost, judged });
    if (broken !== undefined) return broken;
  }

  let inflicted: Inflicted;
  // Requests that find Redis away may pin their session again when it is back.
  const used = usesPins === true ? old.filter((_, i) => i % 2 === 0) : [];
  const adrift = new Set<Pin>();
  {
    await using _ = used.length > 0 ? startPinTraffic(stage, used, requests, adrift) : undefined;
    if (span !== undefined) span.from = run.clock.now();
    inflicted = await disturbance.inflict(stage, look);
    event.target = inflicted.target;
    event.proof = await waitUntil(stage, `it had landed: ${disturbance.title}`, limits.landMs, inflicted.landed);
    event.landedMs = stage.elapsedMs();
    const meanwhile = await inflicted.meanwhile?.(old);
    if (meanwhile !== undefined && meanwhile.verdict !== "pass") return meanwhile;
    if (meanwhile !== undefined) event.proof = `${event.proof}; ${meanwhile.summary}`;
    const failure = await recovery(stage, disturbance, inflicted, conducted);
    if (failure !== undefined) return failure;
    event.recoveredMs = stage.elapsedMs();
    if (span !== undefined) span.recoveredAt = run.clock.now();
    await calm(stage, "pods that were told to end were gone");
  }

  const after = await calm(stage, "all replicas were ready afterwards");
  const outcome = inflicted.outcome?.(after);
  if (outcome !== undefined) event.proof = `${event.proof}; ${outcome}`;
  const staying = readyReplicas(after);
  const mayMove = disturbance.outage === true && contractOf(run.options).redis?.movesInOutage === true;
  const moved = mayMove ? await pins.moved([...adrift], staying) : [];
  const kept = old.map((pin) => moved.find(({ session }) => session === pin.session) ?? pin);
  // What was judged before was another pin of the same session.
  for (const pin of old) if (!kept.includes(pin)) judged.delete(pin);
  const broken = await judgePins(pins, kept, staying, { expected, lost: "a pin of before was lost", judged });
  if (broken !== undefined) return broken;
  if (mayMove) conducted.anchoredAnew = { used: used.length, moved: moved.length };
  const fresh = await pins.begin(staying.length, staying);
  const terms = { expected: staying.length, lost: "a new pin is not honoured", judged };
  const but = moved.length === 0 ? "" : `, ${moved.length} of them anchored anew while Redis was away,`;
  const summary = `${old.length} pins of before${but} and ${fresh.length} new ones are honoured by all ${staying.length} replicas`;
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
    if (missing !== "") throw new Unmeasurable(missing);
    return seen;
  });
}

/** Waits for the recovery. @returns why there was none; undefined when there was */
async function recovery(
  stage: Stage,
  { title, scales, outage }: Disturbance,
  inflicted: Inflicted,
  conducted: Conducted,
): Promise<Judged | undefined> {
  const { recoverMs, pins, watch } = stage;
  const look = watch.fromNow();
  let turn = 0;
  /** What stood in the way at the last look. */
  let obstacle = "blind" as "blind" | "unready" | "unshared";
  const recovered = async (): Promise<true> => {
    // Set when a look has ended: the limit may pass while one is under way, which then says nothing.
    let found: typeof obstacle = "blind";
    try {
      const seen = look();
      const lacks = await inflicted.missing?.(seen);
      if (outage === true && lacks === undefined) conducted.event.redisBackMs ??= stage.elapsedMs();
      found = "unready";
      let missing = notReady(seen) ?? lacks;
      if (missing === undefined && scales !== true) {
        found = "unshared";
        missing = await disagreement(pins, readyReplicas(seen), turn++);
      }
      if (missing !== undefined) throw new Unmeasurable(missing);
      return true;
    } finally {
      obstacle = found;
    }
  };
  try {
    await waitUntil(stage, `it had recovered: ${title}`, recoverMs, recovered);
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
    return { verdict, summary: `${what} after ${recoverMs / 1000} s: ${error.lastSeen}` };
  }
}
