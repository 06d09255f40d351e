import type { PropertyMap } from "./properties";

/** What the engine says of a resource when it asks something of a provider; what it does not say is empty. */
export interface ResourceRequest {
  readonly urn: string;
  /** The type token, such as `random:index/randomPassword:RandomPassword`. */
  readonly type: string;
  /** The name in the program. */
  readonly name: string;
  readonly id: string;
  /** What the program wants now. */
  readonly inputs: PropertyMap;
  /** What it wanted when the resource was last deployed. */
  readonly oldInputs: PropertyMap;
  /** The resource as the state has it. */
  readonly oldOutputs: PropertyMap;
  readonly preview: boolean;
  /** The user's `customTimeouts`, in seconds; 0 where there is none. */
  readonly timeoutSeconds: number;
  /** Bytes that are the same in preview and update, so that both see the same generated name. */
  readonly randomSeed: Uint8Array;
}

export interface DiffResult {
  /** Properties that differ. */
  readonly changed: readonly string[];
  /** Fields of them, such as `spec.selector`, that only another object can have. */
  readonly replaced: readonly string[];
  /** The old object must go before the new one can be: they would have the same name. Default false. */
  readonly deleteBeforeReplace?: boolean;
}

export interface ResourceState {
  readonly id: string;
  readonly outputs: PropertyMap;
}

/** A resource that was looked at. */
interface LiveResource extends ResourceState {
  readonly inputs: PropertyMap;
}

/** A provider of resources, free of gRPC. Whatever it throws reaches the user as the message alone. */
export interface ResourceProvider {
  /** The package, such as `random`; the plugin has the version of its SDK, `@pulumi/random`. */
  readonly packageName: string;
  /** Compares two configurations of the provider. */
  diffConfig(oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult;
  configure?(config: PropertyMap): void;
  /** @returns the inputs with their defaults @throws Error for inputs that cannot be used */
  check(request: ResourceRequest): Promise<PropertyMap>;
  diff(request: ResourceRequest): DiffResult;
  create(request: ResourceRequest): Promise<ResourceState>;
  /** Undefined: the object is gone. */
  read(request: ResourceRequest): Promise<LiveResource | undefined>;
  update(request: ResourceRequest): Promise<PropertyMap>;
  delete(request: ResourceRequest): Promise<void>;
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
    readonly made: LiveResource,
  ) {
    super(message);
  }
}
