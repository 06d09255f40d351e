import { Unmeasurable } from "../common/errors";
import type { SessionReport, Verdict } from "../report/report";
import { SessionRecorder } from "../run/session-record";
import { calm, landing, recovery, whyNot } from "./course";
import { DeploymentWatch, readyReplicas } from "./deployment-watch";
import type { Disturbance, Inflicted } from "./disturbance";
import type { PinJudgement } from "./judge-reads";
import { judgePins, type Judged } from "./judged";
import type { Pin } from "./pins";
import type { Stage } from "./stage";
import { Traffic, type TrafficCount } from "./traffic";

/** A disturbance and what came of it, as the report's evidence holds it. Times are milliseconds since the check began. */
export type DisruptionEvent = {
  readonly id: string;
  readonly title: string;
  readonly target: string;
  readonly startedMs: number;
  /** Null: it did not land. */
  readonly landedMs: number | null;
  /** Null: the deployment did not recover. */
  readonly recoveredMs: number | null;
  readonly endedMs: number;
  readonly verdict: Verdict;
  /** What shows that it landed. */
  readonly proof: string;
  readonly requests: {
    readonly total: number;
    /** Sent to a replica that was ready then, and failed. */
    readonly lost: number;
    /** Answered by another model than the session was pinned to. */
    readonly misrouted: number;
  };
  readonly summary: string;
};

/** An event, and the sessions that it was judged by. */
export interface EventOutcome {
  readonly event: DisruptionEvent;
  readonly sessions: readonly SessionReport[];
  /** All replicas are ready, and yet do not share new sessions. */
  readonly unshared: boolean;
}

/** What is known of an event so far. */
interface Course {
  inflicted: Inflicted | undefined;
  proof: string;
  landedAt: number | null;
  recoveredAt: number | null;
  traffic: TrafficCount;
  unshared: boolean;
  readonly judgements: PinJudgement[];
}

/** Said of a pin that was never honoured. */
const already = "a pin was lost before anything was disturbed";

/** Says of a lost pin which it was: requests that find Redis away may pin their session anew when it is back. */
const lostOf =
  (asked: readonly Pin[]) =>
  (pin: Pin): string =>
    asked.includes(pin) ? "a pin of before, in use meanwhile, was lost" : "a pin of before was lost";

/** Pins that are begun before a disturbance; every other one of them is also used meanwhile. */
const pinsBefore = (replicas: number): number => 4 * replicas;

/** Brings about one disturbance, measures how the deployment recovers, and judges the pins. */
export async function runEvent(stage: Stage, disturbance: Disturbance): Promise<EventOutcome> {
  const { clock } = stage.run;
  const sinceBegin = (at: number): number => Math.round(at - stage.begunAt);
  const startedMs = sinceBegin(clock.now());
  const traffic = { total: 0, lost: 0, misrouted: 0, firstLost: undefined };
  const course: Course = {
    inflicted: undefined,
    proof: "",
    landedAt: null,
    recoveredAt: null,
    traffic,
    unshared: false,
    judgements: [],
  };
  const { verdict, summary } = await take(stage, disturbance, course);
  const { inflicted, proof, landedAt, recoveredAt, judgements } = course;
  const { total, lost, misrouted } = course.traffic;
  const recorder = new SessionRecorder();
  return {
    event: {
      id: disturbance.id,
      title: disturbance.title,
      target: inflicted?.target ?? "",
      startedMs,
      landedMs: landedAt === null ? null : sinceBegin(landedAt),
      recoveredMs: recoveredAt === null ? null : sinceBegin(recoveredAt),
      endedMs: sinceBegin(clock.now()),
      verdict,
      proof,
      requests: { total, lost, misrouted },
      summary,
    },
    sessions: judgements.map(({ pin, verdict: its }) => recorder.record(pin.session, its)),
    unshared: course.unshared,
  };
}

async function take(stage: Stage, disturbance: Disturbance, course: Course): Promise<Judged> {
  const { run, disruptable, limits } = stage;
  try {
    await using watch = new DeploymentWatch(disruptable, run.clock, limits.intervalMs, run.signal);
    const before = await calm(stage, watch, "all replicas were ready beforehand");
    const replicas = readyReplicas(before);
    const expected = pinsBefore(replicas.length);
    const pins = await stage.pins.begin(expected, replicas);
    const broken = await judgePins(stage.pins, pins, replicas, { expected, lost: () => already });
    if (broken !== undefined) return broken;

    const asked = pins.filter((_, i) => i % 2 === 0);
    await using traffic = new Traffic({ run, pins: stage.pins, sessions: asked, ready: () => watch.ready(), limits });
    const failure = await disturb(stage, disturbance, course, { watch, before }).finally(async () => {
      course.traffic = await traffic.stop();
    });
    return failure ?? (await judgeAfter(stage, course, watch, { pins, asked, expected }));
  } catch (error) {
    if (error instanceof Unmeasurable) return { verdict: "unknown", summary: whyNot(error, run.signal) };
    throw error;
  }
}

/** @returns why the deployment did not recover; undefined when it did and all is calm again */
async function disturb(
  stage: Stage,
  disturbance: Disturbance,
  course: Course,
  surroundings: Parameters<Disturbance["inflict"]>[0],
): Promise<Judged | undefined> {
  const { clock } = stage.run;
  const inflicted = await disturbance.inflict(surroundings);
  course.inflicted = inflicted;
  course.proof = await landing(stage, disturbance, inflicted);
  course.landedAt = clock.now();
  const failure = await recovery(stage, disturbance, inflicted, surroundings.watch);
  if (failure !== undefined) {
    course.unshared = failure.unshared;
    return failure;
  }
  course.recoveredAt = clock.now();
  await calm(stage, surroundings.watch, "pods that were told to end were gone");
  return undefined;
}

async function judgeAfter(
  stage: Stage,
  course: Course,
  watch: DeploymentWatch,
  { pins, asked, expected }: { readonly pins: readonly Pin[]; readonly asked: readonly Pin[]; readonly expected: number },
): Promise<Judged> {
  const after = await calm(stage, watch, "all replicas were ready afterwards");
  const outcome = course.inflicted?.outcome?.(after);
  if (outcome !== undefined) course.proof = `${course.proof}; ${outcome}`;
  const replicas = readyReplicas(after);
  const { judgements } = course;
  const old = await judgePins(stage.pins, pins, replicas, { expected, lost: lostOf(asked), judgements });
  if (old !== undefined) return old;
  const fresh = await stage.pins.begin(replicas.length, replicas);
  const terms = { expected: replicas.length, lost: () => "a new pin is not honoured", judgements };
  const news = await judgePins(stage.pins, fresh, replicas, terms);
  if (news !== undefined) return news;
  return {
    verdict: "pass",
    summary: `${pins.length} pins of before and ${fresh.length} new ones are honoured by all ${replicas.length} replicas`,
  };
}
