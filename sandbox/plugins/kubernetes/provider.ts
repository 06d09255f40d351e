import { createHash } from "node:crypto";
import type { ObjectRef } from "../../../lib/kubernetes/objects";
import { KubernetesError, orAbsent, Refusal, Unreachable } from "../../../lib/kubernetes/errors";
import { overlay, type PropertyMap, UNKNOWN } from "../rpc/properties";
import { InitializationError } from "../rpc/errors";
import { type EngineLog, engineLog, remedy } from "../rpc/server";
import { readinessRules } from "./await/rules";
import { skipsAwait, timeoutOf, waitUntilGone, waitUntilReady } from "./await/wait";
import { connect, type ClusterClient, parseSettings, type ProviderSettings } from "./cluster";
import { annotation, at, describe, groupKind, idOf, kindOfType, refOf, textAt } from "./objects";
import { FIELD_MANAGER, liveInputs, outputsOf, withEncodedData, withSecretData } from "./outputs";
import type { ResourceRequest } from "./request";

/** How long a deletion may take, in seconds; a namespace goes only when all in it has gone. */
const DELETE_TIMEOUT_SECONDS = 300;

/** Single Kubernetes objects by server-side apply, for the unchanged SDK. A preview asks the cluster for nothing. */
export class KubernetesProvider {
  readonly #cancelled = new AbortController();
  #settings: ProviderSettings = parseSettings({});
  #client: Promise<ClusterClient> | undefined;

  constructor(private readonly log: EngineLog = engineLog()) {}

  /** Ctrl-C: running waits end at once. */
  cancel(): void {
    this.#cancelled.abort();
  }

  configure(config: PropertyMap): void {
    this.#settings = parseSettings(config);
    this.#client = undefined;
  }

  /** @returns the inputs as the state keeps them @throws Error for inputs that cannot be used */
  check({ type, name, inputs }: ResourceRequest): PropertyMap {
    const kind = kindOfType(type);
    if (inputs["metadata"] !== UNKNOWN && at(inputs, "metadata", "name") === undefined)
      throw new Error(`${name}: this kubernetes plugin makes up no names: set metadata.name, or ${remedy("kubernetes")}`);
    return withSecretData(withEncodedData({ ...kind, ...inputs }));
  }

  async create(request: ResourceRequest) {
    if (request.preview) return { id: "", outputs: promised(request) };
    return { id: idOf(refOf(request.inputs)), outputs: await this.#applyAndWait(request) };
  }

  async update(request: ResourceRequest): Promise<PropertyMap> {
    return request.preview ? promised(request) : this.#applyAndWait(request);
  }

  /** Undefined: the object is gone. */
  async read(request: ResourceRequest) {
    const ref = refOf(request.oldInputs);
    const live = await this.#readLive(ref, request);
    if (live === undefined) return undefined;
    const outputs = outputsOf(live, fieldManagerOf(request));
    return { id: idOf(ref), inputs: liveInputs(request.oldInputs, live), outputs };
  }

  async delete(request: ResourceRequest): Promise<void> {
    const { oldOutputs: old } = request;
    const ref = refOf(old);
    const live = await this.#readLive(ref, request);
    if (live === undefined) return;
    const client = await this.#connect();
    await orAbsent(client.delete(ref, { propagationPolicy: "Foreground" }));
    if (skipsAwait(old)) return;
    const timeoutSeconds = timeoutOf(old, request.timeoutSeconds, DELETE_TIMEOUT_SECONDS);
    await waitUntilGone(client, ref, textAt(live, "metadata", "uid"), this.#terms(request, timeoutSeconds));
  }

  /** Undefined: the object is gone, or its cluster is and the user said that this is the same. */
  async #readLive(ref: ObjectRef, { urn }: ResourceRequest): Promise<PropertyMap | undefined> {
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

  async #applyAndWait(request: ResourceRequest): Promise<PropertyMap> {
    const { inputs } = request;
    const client = await this.#connect();
    const ref = refOf(inputs);
    const rule = skipsAwait(inputs) ? undefined : readinessRules[groupKind(inputs)];
    const timeoutSeconds = timeoutOf(inputs, request.timeoutSeconds, rule?.timeoutSeconds ?? 0);
    const fieldManager = fieldManagerOf(request);
    const live = await applyObject(client, inputs, fieldManager);
    if (rule === undefined) return outputsOf(live, fieldManager);
    try {
      return outputsOf(await waitUntilReady(client, ref, rule, this.#terms(request, timeoutSeconds)), fieldManager);
    } catch (error) {
      // The object is there: the engine must know of it, or the next update would not.
      const last = await client.get(ref).catch(() => undefined);
      const made = { id: idOf(ref), outputs: outputsOf(last ?? live, fieldManager), inputs };
      throw new InitializationError((error as Error).message, made);
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

  #terms({ urn }: ResourceRequest, timeoutSeconds: number) {
    return { timeoutSeconds, signal: this.#cancelled.signal, onProgress: (seen: string) => this.log.status(urn, seen) };
  }
}

/** What a preview may promise: the inputs, over what the object had before. What the cluster makes up is not known yet. */
function promised({ inputs, oldOutputs }: ResourceRequest): PropertyMap {
  const spec: PropertyMap = groupKind(inputs) === "/Service" ? { spec: { clusterIP: UNKNOWN } } : {};
  return overlay({ metadata: { uid: UNKNOWN }, ...spec, ...oldOutputs }, inputs) as PropertyMap;
}

/** The one that made the object, else one for this resource, the same on every run: two stacks with one object get a conflict. */
function fieldManagerOf({ urn, oldOutputs }: ResourceRequest): string {
  const own = `pulumi-kubernetes-${createHash("sha256").update(urn).digest("hex").slice(0, 8)}`;
  return textAt(oldOutputs, FIELD_MANAGER) ?? own;
}

/** @throws Error naming the other owner and the remedy where another field manager owns a field. */
async function applyObject(client: ClusterClient, object: PropertyMap, fieldManager: string) {
  const ref = refOf(object);
  const force = annotation(object, "pulumi.com/patchForce") === "true";
  try {
    return await client.apply(ref, object, { fieldManager, force, dryRun: false });
  } catch (error) {
    if (!(error instanceof KubernetesError)) throw error;
    error.message = `${describe(ref)}: ${error.message}`;
    if (error instanceof Refusal && error.status === 409 && error.message.includes("conflict")) {
      error.message += '\nto take these fields over, set the annotation pulumi.com/patchForce: "true"';
    }
    throw error;
  }
}
