import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A short fingerprint for a pod annotation: when what a pod mounts or reads at start changes, so does the pod. */
function checksum(...contents: string[]): string {
  return createHash("sha256").update(JSON.stringify(contents)).digest("hex").slice(0, 16);
}

/** Computes from inputs: at once where all of them are plain values, else once they are known. */
export function derived<T, U>(inputs: readonly pulumi.Input<T>[], compute: (...values: T[]) => U): pulumi.Input<U> {
  if (inputs.every((it) => isPlain(it))) return compute(...inputs);
  return pulumi.all(inputs as pulumi.Input<T>[]).apply((values) => compute(...(values as T[])));
}

/** The checksum of inputs; not secret, for it tells nothing about them. */
export function fingerprint(...contents: pulumi.Input<string>[]): pulumi.Input<string> {
  const sum = derived(contents, checksum);
  return isPlain(sum) ? sum : pulumi.unsecret(pulumi.output(sum));
}

function isPlain<T>(input: pulumi.Input<T>): input is T {
  return !pulumi.Output.isInstance(input) && !(input instanceof Promise);
}
