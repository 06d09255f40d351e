// What is not known in a preview: the SDK (3.230) has no public way to ask for it, nor to make it. This is the one place.
import type * as pulumi from "@pulumi/pulumi";
import { unknown } from "@pulumi/pulumi/output";

/** What an `apply` returns so that its output is known only after the update. */
export function knownAfterUpdate(): never {
  return unknown as never;
}

/** An output's value; undefined in the preview of what would make it: an `apply` never runs for what is not known. */
export async function knownValue<T>(output: pulumi.Output<T>): Promise<T | undefined> {
  const { isKnown } = output as unknown as { readonly isKnown: Promise<boolean> };
  return (await isKnown) ? new Promise((resolve) => void output.apply(resolve)) : undefined;
}
