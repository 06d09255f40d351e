import { Unmeasurable } from "../../common/errors";
import { calm, landing, recovery, whyNot } from "../course";
import { readyReplicas, type DeploymentWatch } from "../deployment-watch";
import type { Disturbance } from "../disturbance";
import { judgePins } from "../judged";
import type { Stage } from "../stage";
import type { Verdict } from "../../report/report";
import { RedisBack } from "./redis-back";
import { type FaultId, redisFaults } from "./schedule";
import type { Window, Windows } from "./windows";

/** A fault and what came of it. Times are milliseconds of the run's clock; undefined: it did not come about. */
export interface ConductedFault {
  readonly id: FaultId;
  readonly title: string;
  target: string;
  proof: string;
  readonly startedAt: number;
  landedAt: number | undefined;
  /** Redis served again; only for faults of Redis. */
  redisBackAt: number | undefined;
  /** Old pins held and new ones worked on every replica. */
  recoveredAt: number | undefined;
  endedAt: number;
  verdict: Verdict;
  summary: string;
  /** All replicas were ready, and yet did not share new sessions. */
  unshared: boolean;
  /** Undefined: nothing was done. */
  window: Window | undefined;
}

/** Pins that are read through every replica after a fault, for each replica. */
const pinsPerReplica = 4;

/** Brings about one fault while the traffic goes on, and measures how the deployment recovers. */
export async function conduct(
  stage: Stage,
  watch: DeploymentWatch,
  windows: Windows,
  id: FaultId,
  disturbance: Disturbance,
): Promise<ConductedFault> {
  const { clock, signal } = stage.run;
  const fault: ConductedFault = {
    id,
    title: disturbance.title,
    target: "",
    proof: "",
    startedAt: clock.now(),
    landedAt: undefined,
    redisBackAt: undefined,
    recoveredAt: undefined,
    endedAt: 0,
    verdict: "pass",
    summary: "",
    unshared: false,
    window: undefined,
  };
  try {
    const failure = await take(stage, watch, windows, disturbance, fault);
    Object.assign(fault, failure ?? {});
  } catch (error) {
    if (!(error instanceof Unmeasurable)) throw error;
    Object.assign(fault, { verdict: "unknown", summary: whyNot(error, signal) });
  }
  fault.endedAt = clock.now();
  if (fault.window !== undefined) fault.window.endedAt = fault.endedAt;
  return fault;
}

/** @returns why it is no pass; undefined when it is one */
async function take(
  stage: Stage,
  watch: DeploymentWatch,
  windows: Windows,
  disturbance: Disturbance,
  fault: ConductedFault,
): Promise<Pick<ConductedFault, "verdict" | "summary"> | undefined> {
  const { disruptable, limits } = stage;
  const { clock, signal } = stage.run;
  const before = await calm(stage, watch, "all replicas were ready beforehand");
  const replicas = readyReplicas(before);
  const expected = pinsPerReplica * replicas.length;
  const old = await stage.pins.begin(expected, replicas);

  const isOutage = redisFaults.has(fault.id);
  const members = isOutage ? (await disruptable.redisPods()).filter(({ ready }) => ready).length : 0;
  fault.window = windows.open(clock.now(), isOutage);
  const { window } = fault;
  const inflicted = await disturbance.inflict({ watch, before });
  fault.target = inflicted.target;
  fault.proof = await landing(stage, disturbance, inflicted);
  fault.landedAt = clock.now();
  await using back = isOutage ? new RedisBack({ disruptable, members, intervalMs: limits.intervalMs, clock, signal }) : undefined;
  const failure = await recovery(stage, disturbance, inflicted, watch);
  if (failure !== undefined) {
    fault.redisBackAt = back?.at;
    fault.unshared = failure.unshared;
    return failure;
  }
  const recoveredAt = clock.now();
  window.recoveredAt = recoveredAt;
  fault.redisBackAt = await back?.atLatest(recoveredAt);

  const after = await calm(stage, watch, "pods that were told to end were gone");
  const outcome = inflicted.outcome?.(after);
  if (outcome !== undefined) fault.proof = `${fault.proof}; ${outcome}`;
  const staying = readyReplicas(after);
  const lost = await judgePins(stage.pins, old, staying, { expected, lost: () => "a pin of before was lost" });
  if (lost !== undefined) return lost;
  const fresh = await stage.pins.begin(staying.length, staying);
  const terms = { expected: staying.length, lost: () => "a new pin is not honoured" };
  const news = await judgePins(stage.pins, fresh, staying, terms);
  if (news !== undefined) return news;
  fault.recoveredAt = recoveredAt;
  fault.summary = `${old.length} pins of before and ${fresh.length} new ones are honoured by all ${staying.length} replicas`;
  return undefined;
}
