import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
// The SDK (3.230) has no public way to ask for what is not known in a preview, nor to make it. This is the one place.
import { unknown } from "@pulumi/pulumi/output";

/**
 * Computes from inputs: at once where all of them are plain values, else once they are known. What `pulumi up --target` leaves
 * out has no outputs: nothing is computed from them, and what would take the result is left out, too.
 */
export function derived<T, U>(inputs: readonly pulumi.Input<T>[], compute: (...values: T[]) => U): pulumi.Input<U> {
  if (inputs.every((it) => isPlain(it))) return compute(...inputs);
  return pulumi
    .all(inputs as pulumi.Input<T>[])
    .apply((values) => (values.includes(undefined as never) ? (undefined as U) : compute(...(values as T[]))));
}

/** A short checksum of inputs for a pod's annotation: when what it reads at start changes, so does the pod. It is no secret. */
export function fingerprint(...contents: pulumi.Input<string>[]): pulumi.Input<string> {
  const checksum = (...texts: string[]) => createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);
  const sum = derived(contents, checksum);
  return isPlain(sum) ? sum : pulumi.unsecret(pulumi.output(sum));
}

function isPlain<T>(input: pulumi.Input<T>): input is T {
  return !pulumi.Output.isInstance(input) && !(input instanceof Promise);
}

/** What an `apply` returns so that its output is known only after the update. */
export function knownAfterUpdate(): never {
  return unknown as never;
}

/** An output's value; undefined in the preview of what would make it: an `apply` never runs for what is not known. */
export async function knownValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise((resolve) => void output.apply(resolve)) : undefined;
}
