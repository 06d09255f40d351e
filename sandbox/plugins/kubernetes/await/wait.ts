import { setTimeout as delay } from "node:timers/promises";
import type { ClusterClient } from "../client";
import { UnreachableError } from "../errors";
import { describe, type KubernetesObject, type ObjectRef } from "../objects";
import type { ReadinessRule } from "./readiness";

/** Pods and other things that belong to an object are not watched: they are looked at this often. */
const LOOK_EVERY_MS = 500;

/** The terms of one wait. */
export interface WaitTerms {
  readonly timeoutSeconds: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called whenever there is something new to tell. */
  readonly onProgress: (seen: string) => void;
}

/** The object exists, but is not ready. */
export class NotReadyError extends Error {
  override readonly name = "NotReadyError";
}

/** Waits until an object is ready. @returns it as last seen. @throws NotReadyError with what was last seen. */
export async function waitUntilReady(
  client: ClusterClient,
  ref: ObjectRef,
  rule: ReadinessRule,
  terms: WaitTerms,
): Promise<KubernetesObject> {
  const started = Date.now();
  let last: KubernetesObject | undefined;
  let seen = "nothing yet";
  const look = async (): Promise<KubernetesObject | undefined> => {
    const object = await client.get(ref);
    if (object === undefined) throw new NotReadyError(`${describe(ref)} was deleted while it was waited for`);
    last = object;
    const readiness = await rule.check(object, client, Date.now() - started);
    if (readiness.seen !== seen && !readiness.ready) terms.onProgress(readiness.seen);
    seen = readiness.seen;
    if (readiness.hopeless) throw new NotReadyError(`${describe(ref)} cannot become ready: ${seen}${await explain()}`);
    return readiness.ready ? object : undefined;
  };
  const explain = async (): Promise<string> => {
    const more = last === undefined ? "" : await rule.explain?.(last, client).catch(() => "");
    return more ? `\n${more}` : "";
  };
  return waitFor(
    client,
    ref,
    terms,
    look,
    async (how) => new NotReadyError(`${describe(ref)} ${how}; last seen: ${seen}${await explain()}`),
    "ready",
  );
}

/** Waits until an object is gone. @throws NotReadyError naming the finalizers that hold it. */
export async function waitUntilGone(
  client: ClusterClient,
  ref: ObjectRef,
  uid: string | undefined,
  terms: WaitTerms,
): Promise<void> {
  let seen = "nothing yet";
  const look = async (): Promise<true | undefined> => {
    const object = await client.get(ref);
    const metadata = object?.["metadata"] as { uid?: string; finalizers?: string[] } | undefined;
    // Another object of the same name, made meanwhile by a controller, is not the one that had to go.
    if (metadata === undefined || (uid !== undefined && metadata.uid !== uid)) return true;
    const finalizers = metadata.finalizers ?? [];
    const found = finalizers.length === 0 ? "it is being deleted" : `it is held by its finalizers ${finalizers.join(", ")}`;
    if (found !== seen) terms.onProgress(found);
    seen = found;
    return undefined;
  };
  await waitFor(
    client,
    ref,
    terms,
    look,
    async (how) => new NotReadyError(`${describe(ref)} ${how}; last seen: ${seen}`),
    "gone",
  );
}

/** Looks whenever the object changes, and every half second for what belongs to it, until there is a result. */
async function waitFor<Result>(
  client: ClusterClient,
  ref: ObjectRef,
  { timeoutSeconds, signal }: WaitTerms,
  look: () => Promise<Result | undefined>,
  failure: (how: string) => Promise<Error>,
  goal: string,
): Promise<Result> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  using changes = watchChanges(client, ref);
  for (;;) {
    if (signal.aborted) throw await failure(`was not waited for: the update was cancelled before it was ${goal}`);
    try {
      const result = await look();
      if (result !== undefined) return result;
    } catch (error) {
      // A cluster may be out of reach for a moment; the time limit holds all the same.
      if (!(error instanceof UnreachableError) || Date.now() >= deadline) throw error;
    }
    const left = deadline - Date.now();
    if (left <= 0) throw await failure(`was not ${goal} within ${timeoutSeconds} s`);
    await changes.next(Math.min(left, LOOK_EVERY_MS), signal);
  }
}

interface Changes extends Disposable {
  /** Resolves at the next change, after `ms`, or when `signal` aborts, whichever is first. */
  next(ms: number, signal: AbortSignal): Promise<void>;
}

/** A watch spares the half second; where it ends early or is not allowed, looking does without. */
function watchChanges(client: ClusterClient, ref: ObjectRef): Changes {
  const stop = new AbortController();
  let wake = (): void => {};
  void client.watch(ref, stop.signal, () => wake()).catch(() => {});
  return {
    async next(ms, signal) {
      const woken = new AbortController();
      wake = () => woken.abort();
      await delay(ms, undefined, { signal: AbortSignal.any([woken.signal, signal]) }).catch(() => {});
    },
    [Symbol.dispose]: () => stop.abort(),
  };
}
