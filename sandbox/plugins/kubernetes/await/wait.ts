import { waitFor, WaitTimeout } from "../../../../lib/wait";
import type { ClusterClient } from "../client";
import { Unreachable } from "../../../../lib/kubernetes/errors";
import { describe, inWords, listAt, textAt, type KubernetesObject, type ObjectRef } from "../objects";
import type { ReadinessRule } from "./rules";

/** Time between two looks: a stack has several objects that wait for each other. */
const LOOK_EVERY_MS = 200;

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
  const explain = async (): Promise<string> => {
    const more = last === undefined ? "" : await rule.explain?.(last, client).catch(() => "");
    return more ? `\n${more}` : "";
  };
  const look: Look<KubernetesObject> = async (signal) => {
    const object = await client.get(ref, { signal });
    if (object === undefined) throw new NotReadyError(`${describe(ref)} was deleted while it was waited for`);
    last = object;
    const { ready, seen, hopeless } = await rule.check(object, client, Date.now() - started);
    if (hopeless) throw new NotReadyError(`${describe(ref)} cannot become ready: ${seen}${await explain()}`);
    return ready ? { result: object } : seen;
  };
  return wait(ref, "ready", terms, look, explain);
}

/** Waits until an object is gone. @throws NotReadyError naming the finalizers that hold it. */
export async function waitUntilGone(
  client: ClusterClient,
  ref: ObjectRef,
  uid: string | undefined,
  terms: WaitTerms,
): Promise<void> {
  await wait(ref, "gone", terms, async (signal) => {
    const object = await client.get(ref, { signal });
    // Another object of the same name, made meanwhile by a controller, is not the one that had to go.
    if (object === undefined || (uid !== undefined && textAt(object, "metadata", "uid") !== uid)) return { result: undefined };
    const finalizers = listAt(object, "metadata", "finalizers");
    return finalizers.length === 0 ? "it is being deleted" : `it is held by its finalizers ${finalizers.map(inWords).join(", ")}`;
  });
}

/** One look: the result, or what was seen instead. */
type Look<Result> = (signal: AbortSignal) => Promise<{ readonly result: Result } | string>;

async function wait<Result>(
  ref: ObjectRef,
  goal: "ready" | "gone",
  { timeoutSeconds, signal, onProgress }: WaitTerms,
  look: Look<Result>,
  explain: () => Promise<string> = async () => "",
): Promise<Result> {
  let seen = "nothing yet";
  const found = await waitFor(
    {
      subject: describe(ref),
      limitMs: timeoutSeconds * 1000,
      intervalMs: LOOK_EVERY_MS,
      signal,
      isFinal: () => true,
    },
    async (ended) => {
      // A cluster may be out of reach for a moment; the time limit holds all the same.
      const now = await look(ended).catch((error: unknown) => {
        if (!(error instanceof Unreachable)) throw error;
        return error.message;
      });
      if (typeof now !== "string") return now;
      if (now !== seen) onProgress(now);
      seen = now;
      return undefined;
    },
  ).catch(async (error: unknown) => {
    if (!signal.aborted && !(error instanceof WaitTimeout)) throw error;
    const how = signal.aborted
      ? `was not waited for: the update was cancelled before it was ${goal}`
      : `was not ${goal} within ${timeoutSeconds} s`;
    throw new NotReadyError(`${describe(ref)} ${how}; last seen: ${seen}${await explain()}`);
  });
  return found.result;
}
