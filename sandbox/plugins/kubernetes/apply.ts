import { createHash } from "node:crypto";
import { KubernetesError, Refusal } from "../../../lib/kubernetes/errors";
import type { PropertyMap } from "../rpc/properties";
import type { ClusterClient } from "./client";
import { annotation, describe, type KubernetesObject, type ObjectRef } from "./objects";
import { fieldManagerOf, objectOf } from "./outputs";

/** A field manager for one resource, the same on every run: two stacks with one object get a conflict, not a tug of war. */
export function defaultFieldManager(urn: string): string {
  return `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
}

/** How an object is applied, and for which resource. */
export interface ApplyTerms {
  readonly urn: string;
  readonly inputs: PropertyMap;
  /** Empty for an object that is made. */
  readonly oldOutputs: PropertyMap;
  readonly dryRun: boolean;
  /** The provider's `enablePatchForce`. */
  readonly enablePatchForce: boolean;
}

/** Applies an object. @throws Error naming the other owner and the remedy where another field manager owns a field. */
export async function applyObject(
  client: ClusterClient,
  ref: ObjectRef,
  terms: ApplyTerms,
): Promise<{ live: KubernetesObject; fieldManager: string }> {
  const object = objectOf(terms.inputs);
  const fieldManager = fieldManagerOf(terms.oldOutputs, object, defaultFieldManager(terms.urn));
  const force = terms.enablePatchForce || annotation(object, "pulumi.com/patchForce") === "true";
  try {
    return { live: await client.apply(ref, object, { fieldManager, force, dryRun: terms.dryRun }), fieldManager };
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    if (error instanceof Refusal && error.status === 409 && error.message.includes("conflict")) {
      throw new Error(
        `${describe(ref)}: ${error.message}\nto take these fields over, set the annotation pulumi.com/patchForce: "true"`,
      );
    }
    error.message = `${describe(ref)}: ${error.message}`;
    throw error;
  }
}
