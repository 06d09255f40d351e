import { annotation, type KubernetesObject } from "./objects";

/** How long a deletion may take, in seconds; a namespace goes only when all in it has gone. */
export const DELETE_TIMEOUT_SECONDS = 300;

/** Whether the user asked not to wait. */
export function skipsAwait(inputs: KubernetesObject): boolean {
  return annotation(inputs, "pulumi.com/skipAwait") === "true";
}

/** The user's limit in seconds, `customTimeouts` before the annotation, else the default. @throws Error for a bad one. */
export function timeoutOf(inputs: KubernetesObject, customTimeout: number, otherwise: number): number {
  if (customTimeout > 0) return customTimeout;
  const text = annotation(inputs, "pulumi.com/timeoutSeconds");
  if (text === undefined) return otherwise;
  const seconds = Number(text);
  if (!(seconds > 0))
    throw new Error(
      `the annotation pulumi.com/timeoutSeconds is ${JSON.stringify(text)}; it must be a number of seconds above 0`,
    );
  return seconds;
}
