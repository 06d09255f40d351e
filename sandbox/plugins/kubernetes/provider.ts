import { isNotFound, Unreachable } from "../../../lib/kubernetes/errors";
import { hasUnknown, revealMap, type PropertyMap } from "../rpc/properties";
import * as rpc from "../rpc/provider";
import { EngineLog } from "../rpc/server";
import { serveProvider } from "../rpc/service";
import { applyObject, defaultFieldManager } from "./apply";
import { readinessRule } from "./await/rules";
import { NotReadyError, waitUntilGone, waitUntilReady } from "./await/wait";
import { ClusterClient } from "./client";
import { diffObjects, diffSettings } from "./diff";
import { builtInScope, idOf, kindOfType, refOf, refOfId, withName } from "./identity";
import { serverOf } from "./kubeconfig";
import { annotation, at, describe, textAt, withMetadata, type KubernetesObject, type ObjectRef } from "./objects";
import { fieldManagerOf, importedInputs, liveInputs, objectOf, outputsOf, previewOutputs, withEncodedData } from "./outputs";
import { parseSettings, REMEDY, type ProviderSettings, skipsAwait, timeoutOf } from "./settings";

/** How long a deletion may take, in seconds; a namespace goes only when all in it has gone. */
const DELETE_TIMEOUT_SECONDS = 300;

/** Single Kubernetes objects by server-side apply, for the unchanged SDK @pulumi/kubernetes. */
export class KubernetesProvider implements rpc.ResourceProvider {
  readonly packageName = "kubernetes";
  readonly #log = new EngineLog();
  readonly #cancelled = new AbortController();
  #settings: ProviderSettings = parseSettings({});
  #client: Promise<ClusterClient> | undefined;

  attach(engineAddress: string): void {
    this.#log.attach(engineAddress);
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  diffConfig(oldInputs: PropertyMap, newInputs: PropertyMap) {
    return diffSettings(oldInputs, newInputs, serverOf);
  }

  configure(config: PropertyMap): void {
    this.#settings = parseSettings(config);
    this.#client = undefined;
  }

  async check({ oldInputs, newInputs, randomSeed, ...resource }: rpc.CheckRequest) {
    const { apiVersion, kind } = kindOfType(resource);
    const named = withName({ apiVersion, kind, ...newInputs }, resource.name, oldInputs, randomSeed);
    return { inputs: await this.#withNamespace(withEncodedData(named)) };
  }

  async diff({ oldInputs, newInputs }: rpc.DiffRequest) {
    return diffObjects(oldInputs, newInputs, this.#settings);
  }

  async create(request: rpc.CreateRequest): Promise<rpc.ResourceState> {
    if (request.preview) return { id: "", outputs: await this.#preview(request, {}) };
    const ref = refOf(objectOf(request.inputs));
    return { id: idOf(ref), outputs: await this.#applyAndWait(request, {}) };
  }

  async update(request: rpc.UpdateRequest): Promise<PropertyMap> {
    return request.preview ? this.#preview(request, request.oldOutputs) : this.#applyAndWait(request, request.oldOutputs);
  }

  async read(request: rpc.ReadRequest) {
    const ref = refOfState(request, revealMap(request.oldInputs ?? request.oldOutputs));
    const live = await this.#readLive(ref, request);
    if (live === undefined) return undefined;
    const inputs = request.oldInputs === undefined ? importedInputs(live) : liveInputs(request.oldInputs, live);
    const fieldManager = fieldManagerOf(request.oldOutputs, live, defaultFieldManager(request.urn));
    return { id: idOf(ref), inputs, outputs: outputsOf(live, inputs, fieldManager) };
  }

  async delete(request: rpc.DeleteRequest): Promise<void> {
    const old = revealMap(request.oldOutputs);
    const ref = refOfState(request, old);
    const live = await this.#readLive(ref, request);
    if (live === undefined) return;
    const client = await this.#connect();
    const policy = annotation(old, "pulumi.com/deletionPropagationPolicy") ?? "foreground";
    await client.delete(ref, { propagationPolicy: policy.charAt(0).toUpperCase() + policy.slice(1) }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    if (skipsAwait(old)) return;
    const timeoutSeconds = timeoutOf(old, request.timeoutSeconds, DELETE_TIMEOUT_SECONDS);
    await waitUntilGone(client, ref, textAt(live, "metadata", "uid"), this.#terms(request, timeoutSeconds));
  }

  async invoke(token: string): Promise<PropertyMap> {
    throw new Error(`${token} (charts, YAML files and kustomizations) is not supported by this kubernetes plugin; ${REMEDY}`);
  }

  /** Undefined: the object is gone, or its cluster is and the user said that this is the same. */
  async #readLive(ref: ObjectRef, { urn }: rpc.ResourceIdentity): Promise<KubernetesObject | undefined> {
    try {
      return await (await this.#connect()).get(ref);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (!this.#settings.deleteUnreachable) {
        throw new Error(
          `${describe(ref)}: ${error.message}\nstart the cluster again, or, if it is gone for good, set PULUMI_K8S_DELETE_UNREACHABLE=true and run pulumi refresh`,
        );
      }
      this.#log.warn(urn, `${describe(ref)} counts as deleted: ${error.message}`);
      return undefined;
    }
  }

  async #applyAndWait(request: rpc.CreateRequest, oldOutputs: PropertyMap): Promise<PropertyMap> {
    const { inputs } = request;
    const client = await this.#connect();
    const object = objectOf(inputs);
    const ref = refOf(object);
    const rule = skipsAwait(object) ? undefined : readinessRule(ref.apiVersion, ref.kind);
    const timeoutSeconds = timeoutOf(object, request.timeoutSeconds, rule?.timeoutSeconds ?? 0);
    const { live, fieldManager } = await applyObject(client, ref, { ...request, oldOutputs, dryRun: false, ...this.#force });
    if (rule === undefined) return outputsOf(live, inputs, fieldManager);
    try {
      const whenReady = await waitUntilReady(client, ref, rule, this.#terms(request, timeoutSeconds));
      return outputsOf(whenReady, inputs, fieldManager);
    } catch (error) {
      if (!(error instanceof NotReadyError || error instanceof Unreachable)) throw error;
      // The object is there: the engine must know of it, or the next update would not.
      const last = await client.get(ref).catch(() => undefined);
      throw new rpc.InitializationError(error.message, idOf(ref), outputsOf(last ?? live, inputs, fieldManager), inputs);
    }
  }

  /** What the API server makes of the inputs; the inputs themselves where it cannot say: not yet there, or not known. */
  async #preview(request: rpc.CreateRequest, oldOutputs: PropertyMap): Promise<PropertyMap> {
    const { inputs } = request;
    if (hasUnknown(inputs)) return inputs;
    const ref = refOf(objectOf(inputs));
    try {
      const client = await this.#connect();
      const isNew = Object.keys(oldOutputs).length === 0;
      // What is there already will be deleted first, or taken over; the dry run would change it in place.
      if (isNew && (await client.get(ref)) !== undefined) return inputs;
      const { live, fieldManager } = await applyObject(client, ref, { ...request, oldOutputs, dryRun: true, ...this.#force });
      return isNew ? previewOutputs(live, inputs, fieldManager) : outputsOf(live, inputs, fieldManager);
    } catch (error) {
      // No cluster, no namespace or no CRD yet: the same update may make them.
      if (error instanceof Unreachable || isNotFound(error)) return inputs;
      throw error;
    }
  }

  async #withNamespace(inputs: PropertyMap): Promise<PropertyMap> {
    if (at(inputs, "metadata", "namespace") !== undefined || hasUnknown(inputs["metadata"] ?? null)) return inputs;
    const [apiVersion, kind] = [textAt(inputs, "apiVersion") ?? "", textAt(inputs, "kind") ?? ""];
    const scope = builtInScope(apiVersion, kind) ?? (await this.#askScope(apiVersion, kind));
    return scope === "namespace" ? withMetadata(inputs, { namespace: this.#settings.namespace }) : inputs;
  }

  async #askScope(apiVersion: string, kind: string): Promise<"cluster" | "namespace"> {
    try {
      return (await (await this.#connect()).isNamespaced(apiVersion, kind)) ? "namespace" : "cluster";
    } catch (error) {
      // Most custom kinds are namespaced; the update, which can ask, checks again.
      if (error instanceof Unreachable || isNotFound(error)) return "namespace";
      throw error;
    }
  }

  /** One connection for all; a failed attempt is forgotten, for the cluster may come up meanwhile. */
  #connect(): Promise<ClusterClient> {
    this.#client ??= ClusterClient.connect(this.#settings, (warning) => {
      if (!(this.#settings.suppressDeprecationWarnings && warning.includes("deprecated"))) this.#log.warn("", warning);
    }).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  get #force() {
    return { enablePatchForce: this.#settings.enablePatchForce };
  }

  #terms({ urn }: rpc.ResourceIdentity, timeoutSeconds: number) {
    return { timeoutSeconds, signal: this.#cancelled.signal, onProgress: (seen: string) => this.#log.status(urn, seen) };
  }
}

/** By what the state knows of the object; by its id where it knows nothing, as for an import. */
function refOfState(request: rpc.ResourceIdentity & { readonly id: string }, known: KubernetesObject): ObjectRef {
  const { apiVersion, kind } = kindOfType(request);
  return at(known, "metadata", "name") === undefined ? refOfId(request.id, apiVersion, kind) : refOf(known);
}

export async function main(argv: readonly string[]): Promise<void> {
  await serveProvider(new KubernetesProvider(), argv);
}
