import { reasonOf, Unmeasurable } from "../common/errors";
import type { Replica } from "../history";
import type { Played } from "../run/check";
import type { RunContext } from "../run/context";
import { paceOf } from "../run/survey";
import { sessionPrefix } from "../run/play-sessions";
import type { DeploymentLook } from "../targets/disruptable";
import type { Disruptable } from "../targets/kubernetes/kubernetes-disruptable";
import { pinsOf, type Judged, type Pin } from "./pins";
import { repeat } from "./wait";

/** How long things may take, and how often they are looked at; tests cannot wait that long. Times are milliseconds. */
export const defaultLimits = {
  /** Until a fault has landed. */
  landMs: 30_000,
  /** From its landing until all is well again. A container that a liveness probe restarts takes about half of it. */
  recoverMs: 120_000,
  /** What each replica adds up to, where that is more: those that lost Redis restart one after another. */
  recoverPerReplicaMs: 30_000,
  /** Between two looks. */
  intervalMs: 200,
};

export type Limits = Readonly<typeof defaultLimits>;

/** What the events of one check, or of a soak, share. */
export type Stage = ReturnType<typeof setStage>;

/** Requests of pinned sessions in a second, over all replicas, where neither `--rate` nor the survey says fewer. */
const usualRate = 20;

/** @param of tells the sessions of one check from those of the others, e.g. `faults-` */
export function setStage(
  run: RunContext,
  disruptable: Disruptable,
  { choice, survey }: Pick<Played, "choice" | "survey">,
  limits: Limits,
  of: string,
) {
  const rate = run.options.rate ?? paceOf(survey, usualRate);
  const atOnce = Math.min(run.options.concurrency, Math.max(2, Math.floor(rate)));
  const pins = pinsOf(run, choice, sessionPrefix(run.options, of), atOnce);
  const watch = watchDeployment(disruptable, run, limits.intervalMs);
  const begunAt = run.clock.now();
  return {
    ...{ run, disruptable, limits, pins, watch, rate },
    /** Limit of a recovery, in milliseconds. */
    recoverMs: Math.max(limits.recoverMs, run.replicas.length * limits.recoverPerReplicaMs),
    /** Milliseconds since the stage was set, which times of events count from. */
    elapsedMs: (): number => Math.round(run.clock.now() - begunAt),
    [Symbol.asyncDispose]: watch[Symbol.asyncDispose],
  };
}

/** An older look does not tell what is ready now, in milliseconds. */
const freshMs = 2_000;

/** Looks at the Deployment all the time, to know what is ready now. */
function watchDeployment(disruptable: Pick<Disruptable, "look">, run: Pick<RunContext, "clock" | "signal">, intervalMs: number) {
  let latest: { readonly look: DeploymentLook; readonly begunAt: number } | undefined;
  /** Why the last look failed; undefined when it did not. */
  let problem: string | undefined;
  const looking = repeat(run, async () => {
    const begunAt = run.clock.now();
    try {
      latest = { look: await disruptable.look(), begunAt };
      problem = undefined;
    } catch (error) {
      problem = reasonOf(error);
    }
    return intervalMs;
  });
  return {
    ...looking,
    /** @returns gives the latest look that began after this call; throws Unmeasurable where there is none */
    fromNow(): () => DeploymentLook {
      const since = run.clock.now();
      return () => {
        if (latest !== undefined && latest.begunAt >= since) return latest.look;
        throw new Unmeasurable(problem ?? "nothing yet");
      };
    },
    /** The replicas that are ready now; none when that is not known. */
    ready(): readonly Replica[] {
      return latest === undefined || run.clock.now() - latest.begunAt > freshMs ? [] : readyReplicas(latest.look);
    },
  };
}

/** Pure: the replicas of a look that are ready. */
export function readyReplicas({ pods }: DeploymentLook): Replica[] {
  return pods.flatMap(({ ready, replica }) => (ready && replica !== undefined ? [replica] : []));
}

/** Pure: what is missing until every wanted replica is ready; undefined when nothing is. */
export function notReady({ wanted, observed, pods }: DeploymentLook): string | undefined {
  if (!observed) return "the controller has not seen the change yet";
  const staying = pods.filter(({ leaving }) => !leaving);
  const ready = staying.filter((pod) => pod.ready).length;
  if (ready === wanted && staying.length === wanted) return undefined;
  const states = staying.filter((pod) => !pod.ready).map(({ name, state }) => `${name} ${state}`);
  return [`${ready} of ${wanted} replicas ready`, ...states].join(", ");
}

/** One way to disturb a deployment. */
export interface Disturbance {
  /** What reports, and `--faults` of a soak, know it by. */
  readonly id: string;
  /** What is done, e.g. `Pod deleted`. */
  readonly title: string;
  /** Redis is disturbed: pins cannot be read until the replicas have found it again. */
  readonly outage?: true;
  /**
   * The number of replicas changes. It has recovered as soon as all replicas are ready, and what they do from then on is
   * judged; without it, once fresh sessions are shared. A cluster without room for a replica says nothing of the gateway.
   */
  readonly scales?: true;
  /** Why it cannot be done or proved here, and so is left out. Changes nothing but what a run that was killed has left. */
  readonly hindrance?: (run: RunContext, disruptable: Disruptable) => Promise<string | undefined>;
  /** @param before the Deployment just before; all replicas are ready @throws Unmeasurable */
  readonly inflict: (stage: Stage, before: DeploymentLook) => Promise<Inflicted>;
}

/** A disturbance that has been brought about, or is being. */
export interface Inflicted {
  /** To what it was done, e.g. `pod plano-0`. */
  readonly target: string;
  /** @returns the proof that it has landed, in one sentence. @throws Unmeasurable as long as there is none */
  readonly landed: () => Promise<string>;
  /** Once it has landed: judges what must hold even then, for pins of before, and ends what does not end by itself. */
  readonly meanwhile?: (begun: readonly Pin[]) => Promise<Judged>;
  /** What is missing, apart from ready replicas, until all is as it was, Redis included; undefined when nothing is. */
  readonly missing?: (look: DeploymentLook) => Promise<string | undefined>;
  /**
   * Once all is over: what it came to, added to the proof.
   * @param look has the replicas that will be asked
   * @throws Unmeasurable when their answers would say nothing of the disturbance
   */
  readonly outcome?: (look: DeploymentLook) => string | undefined;
}
