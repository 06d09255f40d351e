import type { PropertyChange, PropertyMap } from "./properties";

/** What every request about a resource says of it. */
export interface ResourceIdentity {
  readonly urn: string;
  /** The type token, such as `random:index/randomPassword:RandomPassword`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
}

/** A resource as the state has it. */
export interface OldState extends ResourceIdentity {
  readonly id: string;
  readonly oldInputs: PropertyMap;
  readonly oldOutputs: PropertyMap;
}

export interface CheckRequest extends ResourceIdentity {
  /** The inputs of the last deployment; empty for a new resource. */
  readonly oldInputs: PropertyMap;
  readonly newInputs: PropertyMap;
  /** Bytes that are the same in preview and update, so that both see the same generated name. */
  readonly randomSeed: Uint8Array;
}

export interface CheckResult {
  readonly inputs: PropertyMap;
  /** Properties that cannot be accepted; the engine shows them with the resource. */
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface DiffResult {
  readonly changes: readonly (PropertyChange & { readonly replace: boolean })[];
  /** The old object must go before the new one can be: they would have the same name. Default false. */
  readonly deleteBeforeReplace?: boolean;
}

export interface CreateRequest extends ResourceIdentity {
  readonly inputs: PropertyMap;
  readonly preview: boolean;
  /** The user's `customTimeouts`, in seconds; 0 where there is none. */
  readonly timeoutSeconds: number;
}

export interface ResourceState {
  readonly id: string;
  readonly outputs: PropertyMap;
}

/** A provider of resources, free of gRPC. Whatever it throws reaches the user as the message alone. */
export interface ResourceProvider {
  /** The package, such as `random`; the plugin has the version of its SDK, `@pulumi/random`. */
  readonly packageName: string;
  /** Compares two configurations of the provider. Default: every change is an update. */
  diffConfig?(oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult;
  configure?(config: PropertyMap): void;
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: OldState & { readonly newInputs: PropertyMap }): Promise<DiffResult>;
  create(request: CreateRequest): Promise<ResourceState>;
  /** Undefined: the object is gone. */
  read(request: OldState): Promise<(ResourceState & { readonly inputs: PropertyMap }) | undefined>;
  update(request: CreateRequest & OldState): Promise<PropertyMap>;
  delete(request: OldState & { readonly timeoutSeconds: number }): Promise<void>;
  /** Ctrl-C: running waits must end at once. */
  cancel?(): void;
}

/** What helps wherever a plugin knows less than the official one. */
export function remedy(packageName: string): string {
  return `install the official plugin: pulumi plugin install resource ${packageName}`;
}

/** The object exists, but did not become ready: the engine records it, marks it and tries again on the next `up`. */
export class InitializationError extends Error {
  override readonly name = "InitializationError";

  constructor(
    message: string,
    readonly id: string,
    readonly outputs: PropertyMap,
    readonly inputs: PropertyMap,
  ) {
    super(message);
  }
}
