import { createHash } from "node:crypto";
import { isNotFound, KubernetesError, Refusal, Unreachable } from "../../../lib/kubernetes/errors";
import { hasUnknown, type PropertyMap } from "../rpc/properties";
import * as rpc from "../rpc/provider";
import { engineAddressOf, type EngineLog, engineLog } from "../rpc/server";
import { serveProvider } from "../rpc/service";
import { readinessRules } from "./await/rules";
import { waitUntilGone, waitUntilReady } from "./await/wait";
import { connect, type ClusterClient } from "./client";
import { diffObjects, diffSettings } from "./diff";
import { idOf, kindOfType, refOf, withName } from "./identity";
import { annotation, describe, groupKind, mapAt, textAt, withMetadata, type KubernetesObject, type ObjectRef } from "./objects";
import { FIELD_MANAGER, liveInputs, outputsOf, previewOutputs, withEncodedData, withSecretData } from "./outputs";
import { parseSettings, type ProviderSettings, skipsAwait, timeoutOf } from "./settings";

/** How long a deletion may take, in seconds; a namespace goes only when all in it has gone. */
const DELETE_TIMEOUT_SECONDS = 300;

/** Single Kubernetes objects by server-side apply, for the unchanged SDK @pulumi/kubernetes. */
export class KubernetesProvider implements rpc.ResourceProvider {
  readonly packageName = "kubernetes";
  readonly diffConfig = diffSettings;
  readonly #cancelled = new AbortController();
  #settings: ProviderSettings = parseSettings({});
  #client: Promise<ClusterClient> | undefined;

  constructor(private readonly log: EngineLog = engineLog()) {}

  cancel(): void {
    this.#cancelled.abort();
  }

  configure(config: PropertyMap): void {
    this.#settings = parseSettings(config);
    this.#client = undefined;
  }

  async check({ newInputs, ...request }: rpc.CheckRequest) {
    const kind = kindOfType(request);
    const inputs = withEncodedData(withName({ ...request, newInputs: { ...kind, ...newInputs } }));
    const metadata = mapAt(inputs, "metadata");
    const isOpen = metadata["namespace"] === undefined && !hasUnknown(inputs["metadata"]);
    const isDefault = isOpen && (await this.#isNamespaced(kind, request.oldInputs));
    return { inputs: withSecretData(isDefault ? withMetadata(inputs, { namespace: this.#settings.namespace }) : inputs) };
  }

  async diff({ oldInputs, newInputs }: rpc.OldState & { readonly newInputs: PropertyMap }) {
    return diffObjects(oldInputs, newInputs, this.#settings);
  }

  async create(request: rpc.CreateRequest): Promise<rpc.ResourceState> {
    if (request.preview) return { id: "", outputs: await this.#preview(request) };
    return { id: idOf(refOf(request.inputs)), outputs: await this.#applyAndWait(request) };
  }

  async update(request: rpc.CreateRequest & rpc.OldState): Promise<PropertyMap> {
    return request.preview ? this.#preview(request, request.oldOutputs) : this.#applyAndWait(request, request.oldOutputs);
  }

  async read(request: rpc.OldState) {
    const ref = refOf(request.oldInputs);
    const live = await this.#readLive(ref, request);
    if (live === undefined) return undefined;
    const outputs = outputsOf(live, fieldManagerOf(request, request.oldOutputs));
    return { id: idOf(ref), inputs: liveInputs(request.oldInputs, live), outputs };
  }

  async delete(request: rpc.OldState & { readonly timeoutSeconds: number }): Promise<void> {
    const { oldOutputs: old } = request;
    const ref = refOf(old);
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
      this.log.warn(urn, `${describe(ref)} counts as deleted: ${error.message}`);
      return undefined;
    }
  }

  async #applyAndWait(request: rpc.CreateRequest, oldOutputs: PropertyMap = {}): Promise<PropertyMap> {
    const { inputs } = request;
    const client = await this.#connect();
    const ref = refOf(inputs);
    const rule = skipsAwait(inputs) ? undefined : readinessRules[groupKind(inputs)];
    const timeoutSeconds = timeoutOf(inputs, request.timeoutSeconds, rule?.timeoutSeconds ?? 0);
    const fieldManager = fieldManagerOf(request, oldOutputs);
    const live = await applyObject(client, inputs, fieldManager, false);
    if (rule === undefined) return outputsOf(live, fieldManager);
    try {
      return outputsOf(await waitUntilReady(client, ref, rule, this.#terms(request, timeoutSeconds)), fieldManager);
    } catch (error) {
      // The object is there: the engine must know of it, or the next update would not.
      const last = await client.get(ref).catch(() => undefined);
      throw new rpc.InitializationError((error as Error).message, idOf(ref), outputsOf(last ?? live, fieldManager), inputs);
    }
  }

  /**
   * What the API server makes of the inputs; the inputs themselves where it cannot say: not yet there, or not known.
   * @param oldOutputs undefined for an object that is new
   */
  async #preview(request: rpc.CreateRequest, oldOutputs?: PropertyMap): Promise<PropertyMap> {
    const { inputs } = request;
    if (hasUnknown(inputs)) return inputs;
    try {
      const client = await this.#connect();
      // What is there already will be deleted first, or taken over; the dry run would change it in place.
      if (oldOutputs === undefined && (await client.get(refOf(inputs))) !== undefined) return inputs;
      const fieldManager = fieldManagerOf(request, oldOutputs);
      const live = await applyObject(client, inputs, fieldManager, true);
      return oldOutputs === undefined ? previewOutputs(live, inputs, fieldManager) : outputsOf(live, fieldManager);
    } catch (error) {
      // No cluster, no namespace or no CRD yet: the same update may make them.
      if (error instanceof Unreachable || isNotFound(error)) return inputs;
      throw error;
    }
  }

  /** Whether a kind belongs to a namespace: as its object has it, or as the cluster says. */
  async #isNamespaced({ apiVersion, kind }: Pick<ObjectRef, "apiVersion" | "kind">, old: PropertyMap): Promise<boolean> {
    if (old["metadata"] !== undefined) return textAt(old, "metadata", "namespace") !== undefined;
    try {
      // Most custom kinds are; the update checks again, when their definitions are there.
      return (await (await this.#connect()).served(apiVersion, kind))?.namespaced ?? true;
    } catch (error) {
      // A preview without a cluster: the update can ask.
      if (error instanceof Unreachable) return false;
      throw error;
    }
  }

  /** One connection for all; a failed attempt is forgotten, for the cluster may come up meanwhile. */
  #connect(): Promise<ClusterClient> {
    this.#client ??= connect(this.#settings, (warning) => this.log.warn("", warning)).catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  #terms({ urn }: rpc.ResourceIdentity, timeoutSeconds: number) {
    return { timeoutSeconds, signal: this.#cancelled.signal, onProgress: (seen: string) => this.log.status(urn, seen) };
  }
}

/** The one that made the object, else one for this resource, the same on every run: two stacks with one object get a conflict. */
function fieldManagerOf({ urn }: rpc.ResourceIdentity, oldOutputs: PropertyMap | undefined): string {
  const own = `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
  return textAt(oldOutputs, FIELD_MANAGER) ?? own;
}

/** @throws Error naming the other owner and the remedy where another field manager owns a field. */
async function applyObject(client: ClusterClient, object: KubernetesObject, fieldManager: string, dryRun: boolean) {
  const ref = refOf(object);
  const force = annotation(object, "pulumi.com/patchForce") === "true";
  try {
    return await client.apply(ref, object, { fieldManager, force, dryRun });
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    error.message = `${describe(ref)}: ${error.message}`;
    if (error instanceof Refusal && error.status === 409 && error.message.includes("conflict")) {
      error.message += '\nto take these fields over, set the annotation pulumi.com/patchForce: "true"';
    }
    throw error;
  }
}

export async function main(argv: readonly string[]): Promise<void> {
  await serveProvider(new KubernetesProvider(engineLog(engineAddressOf(argv))));
}
