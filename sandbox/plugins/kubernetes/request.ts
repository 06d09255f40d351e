import type { PropertyMap } from "../rpc/properties";

/** What the engine says of a resource when it asks something of the provider; what it does not say is empty. */
export interface ResourceRequest {
  readonly urn: string;
  /** The type token, such as `kubernetes:apps/v1:Deployment`. */
  readonly type: string;
  readonly name: string;
  /** What the program wants now. */
  readonly inputs: PropertyMap;
  /** What it wanted when the resource was last deployed. */
  readonly oldInputs: PropertyMap;
  /** The resource as the state has it. */
  readonly oldOutputs: PropertyMap;
  readonly preview: boolean;
  /** The user's `customTimeouts`, in seconds; 0 where there is none. */
  readonly timeoutSeconds: number;
}

export interface DiffResult {
  readonly changed: readonly string[];
  /** Fields of them, such as `spec.selector`, that only another object can have. */
  readonly replaced: readonly string[];
  /** The old object must go before the new one can be: they would have the same name. Default false. */
  readonly deleteBeforeReplace?: boolean;
}
