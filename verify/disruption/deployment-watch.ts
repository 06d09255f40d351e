import type { Clock } from "../common/clock";
import { reasonOf } from "../common/errors";
import type { Replica } from "../history";
import type { DeploymentLook, Disruptable } from "../targets/disruptable";
import type { Seen } from "./wait";

/** An older look does not tell what is ready now, in milliseconds. */
const freshMs = 2_000;

/** Looks at the Deployment all the time, to know what is ready now. */
export class DeploymentWatch implements AsyncDisposable {
  readonly #end = new AbortController();
  readonly #told = new Set<string>();
  readonly #looping: Promise<void>;
  #latest: { readonly look: DeploymentLook; readonly begunAt: number } | undefined;
  /** Why the last look failed; undefined when it did not. */
  problem: string | undefined;

  constructor(
    private readonly disruptable: Pick<Disruptable, "look">,
    private readonly clock: Clock,
    private readonly intervalMs: number,
    signal: AbortSignal,
  ) {
    this.#looping = this.#loop(AbortSignal.any([signal, this.#end.signal]));
  }

  now(): number {
    return this.clock.now();
  }

  /** The latest look that began at `since` or later; undefined: not yet. */
  lookSince(since: number): DeploymentLook | undefined {
    return this.#latest !== undefined && this.#latest.begunAt >= since ? this.#latest.look : undefined;
  }

  /** What the latest look that began at `since` or later shows. */
  async since<T>(since: number, judge: (look: DeploymentLook) => Seen<T> | Promise<Seen<T>>): Promise<Seen<T>> {
    const look = this.lookSince(since);
    return look === undefined ? { seen: this.problem ?? "nothing yet" } : judge(look);
  }

  /** The replicas that are ready now; none when that is not known. */
  ready(): readonly Replica[] {
    if (this.#latest === undefined || this.clock.now() - this.#latest.begunAt > freshMs) return [];
    return readyReplicas(this.#latest.look, this.#told);
  }

  /** From now on the pod does not count as ready. */
  toldToEnd(uid: string): void {
    this.#told.add(uid);
  }

  async #loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const begunAt = this.clock.now();
      try {
        this.#latest = { look: await this.disruptable.look(), begunAt };
        this.problem = undefined;
      } catch (error) {
        this.problem = reasonOf(error);
      }
      await this.clock.sleep(this.intervalMs, signal);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#looping;
  }
}

/** Pure: the replicas of a look that are ready, without those that were told to end since. */
export function readyReplicas({ pods }: DeploymentLook, toldToEnd: ReadonlySet<string> = new Set()): Replica[] {
  return pods.flatMap(({ uid, ready, replica }) => (ready && replica !== undefined && !toldToEnd.has(uid) ? [replica] : []));
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
