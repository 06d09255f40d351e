import { Unreachable } from "../../../../lib/kubernetes/errors";
import type { ObjectRef } from "../../../../lib/kubernetes/objects";
import { waitFor, WaitTimeout } from "../../../../lib/wait";
import type { PropertyMap } from "../../rpc/properties";
import type { ClusterClient } from "../cluster";
import { annotation, describe, mapAt, textAt } from "../objects";
import { lastLogLines, type PodProblem, worstProblem } from "./pods";
import type { ReadinessRule } from "./rules";

/** Time between two looks: a stack has several objects that wait for each other. */
const LOOK_EVERY_MS = 200;

interface WaitTerms {
  readonly timeoutSeconds: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  /** Called whenever there is something new to tell. */
  readonly onProgress: (seen: string) => void;
}

/** Whether the user asked not to wait. */
export function skipsAwait(inputs: PropertyMap): boolean {
  return annotation(inputs, "pulumi.com/skipAwait") === "true";
}

/** The user's limit in seconds, `customTimeouts` before the annotation, else the default. @throws Error for a bad one. */
export function timeoutOf(inputs: PropertyMap, customTimeout: number, otherwise: number): number {
  const annotated = annotation(inputs, "pulumi.com/timeoutSeconds");
  if (customTimeout > 0 || annotated === undefined) return customTimeout > 0 ? customTimeout : otherwise;
  if (Number(annotated) > 0) return Number(annotated);
  throw new Error(
    `the annotation pulumi.com/timeoutSeconds is ${JSON.stringify(annotated)}; it must be a number of seconds above 0`,
  );
}

/** Waits until an object is ready. @returns it as last seen. @throws Error with what was last seen. */
export async function waitUntilReady(
  client: ClusterClient,
  ref: ObjectRef,
  rule: ReadinessRule,
  terms: WaitTerms,
): Promise<PropertyMap> {
  const started = Date.now();
  let problem: PodProblem | undefined;
  const logLines = () => lastLogLines(client, problem);
  const look = async (signal: AbortSignal): Promise<PropertyMap | string> => {
    const object = await client.get(ref, { signal });
    if (object === undefined) throw new Error(`${describe(ref)} was deleted while it was waited for`);
    const waiting = await rule.check(object, client);
    if (waiting === undefined) return object;
    problem = worstProblem(waiting.pods ?? [], Date.now() - started);
    const seen = problem === undefined ? waiting.seen : `${waiting.seen}; ${problem.text}`;
    if (problem?.hopeless !== true && waiting.hopeless !== true) return seen;
    throw new Error(`${describe(ref)} cannot become ready: ${seen}${await logLines()}`);
  };
  return wait(ref, "ready", terms, look, logLines);
}

/** Waits until an object is gone. @throws Error naming the finalizers that hold it. */
export async function waitUntilGone(
  client: ClusterClient,
  ref: ObjectRef,
  uid: string | undefined,
  terms: WaitTerms,
): Promise<void> {
  await wait<true>(ref, "gone", terms, async (signal) => {
    const object = await client.get(ref, { signal });
    // Another object of the same name, made meanwhile by a controller, is not the one that had to go.
    if (object === undefined || (uid !== undefined && textAt(object, "metadata", "uid") !== uid)) return true;
    const { finalizers = [] } = mapAt(object, "metadata") as { readonly finalizers?: readonly string[] };
    return finalizers.length === 0 ? "it is being deleted" : `it is held by its finalizers ${finalizers.join(", ")}`;
  });
}

/** @param look gives the result, or what was seen instead */
async function wait<T extends object | true>(
  ref: ObjectRef,
  goal: "ready" | "gone",
  { timeoutSeconds, signal, onProgress }: WaitTerms,
  look: (signal: AbortSignal) => Promise<T | string>,
  explain: () => Promise<string> = async () => "",
): Promise<T> {
  let seen = "nothing yet";
  const probe = async (ended: AbortSignal): Promise<T | undefined> => {
    const now = await look(ended).catch((error: unknown) => {
      // A cluster may be out of reach for a moment; the time limit holds all the same.
      if (error instanceof Unreachable) return error.message;
      throw error;
    });
    if (typeof now !== "string") return now;
    if (now !== seen) onProgress(now);
    seen = now;
    return undefined;
  };
  const subject = describe(ref);
  const limits = { subject, limitMs: timeoutSeconds * 1000, intervalMs: LOOK_EVERY_MS, signal, isFinal: () => true };
  return waitFor(limits, probe).catch(async (error: unknown) => {
    if (!signal.aborted && !(error instanceof WaitTimeout)) throw error;
    const how = signal.aborted
      ? `was not waited for: the update was cancelled before it was ${goal}`
      : `was not ${goal} within ${timeoutSeconds} s`;
    throw new Error(`${subject} ${how}; last seen: ${seen}${await explain()}`);
  });
}
