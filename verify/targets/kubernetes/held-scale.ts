import { randomUUID } from "node:crypto";
import { Unmeasurable } from "../../common/errors";
import type { Workload } from "../disruptable";
import { ApiFailure, fieldManager, type NamespaceApi } from "../namespace-api";
import {
  changedFields,
  handBack,
  keptScale,
  keptScaleAnnotation,
  ownersOf,
  type KeptScale,
  type ManagedFields,
} from "./kept-scale";

/** An object as far as its scale goes. */
interface ScaledObject {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec: { readonly replicas?: number; readonly minReplicas?: number; readonly maxReplicas?: number };
}

type ScaledKind = keyof typeof changedFields;

/** What this run keeps, also as it stands in the annotation. */
interface OwnNote {
  readonly kept: KeptScale;
  readonly text: string;
}

/** Attempts to change an object: controllers write to these objects all the time. */
const attempts = 8;

/**
 * A Deployment's number of replicas, held at what we want. Where an autoscaler owns it, the autoscaler is held, with
 * minimum = maximum, which it follows without waiting for its stabilisation windows.
 */
export class HeldScale {
  /** What this run has written down, or tried to: then it may be there although the answer got lost. */
  #own: OwnNote | undefined;
  #isSeenWritten = false;
  /** Whether a run that was killed has left a note, which this one is to put back. */
  #isLeftover: boolean;
  /** Who has the annotation. */
  readonly #holder: { readonly kind: ScaledKind; readonly name: string; readonly uid: string };

  constructor(
    private readonly api: NamespaceApi,
    private readonly workload: Pick<Workload, "deployment" | "autoscaler" | "leftover">,
  ) {
    const { autoscaler, deployment, leftover } = workload;
    this.#isLeftover = leftover !== undefined;
    this.#holder =
      autoscaler === undefined ? { kind: "Deployment", ...deployment } : { kind: "HorizontalPodAutoscaler", ...autoscaler };
  }

  /**
   * Writes down what is, in the same request that changes the first of it.
   * @throws Unmeasurable, also when somebody else changes the scale
   */
  async hold(replicas: number): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    const { kind, name, uid } = this.#holder;
    await this.#change(this.api, kind, name, async (object) => {
      const own = await this.#noteFor(object);
      const least = own.kept.scale.replicas;
      if (replicas < least) {
        throw new Unmeasurable(
          `nothing was scaled: ${replicas} would be fewer than the ${least} replicas of before, ` +
            "so somebody else has changed the scale",
        );
      }
      this.#own = own;
      const metadata = { uid, annotations: { [keptScaleAnnotation]: own.text } };
      return autoscaler === undefined ? { metadata } : { metadata, spec: { minReplicas: replicas, maxReplicas: replicas } };
    });
    this.#isSeenWritten = true;
    // At once: an autoscaler looks only every 15 seconds.
    await this.api.patch("Deployment", deployment.name, { spec: { replicas } }, "scale");
  }

  /** Our note where there is one, else a new one; it is not written yet. */
  async #noteFor(object: ScaledObject): Promise<OwnNote> {
    const { annotations } = object.metadata;
    if (this.#own !== undefined && this.#own.text === annotations?.[keptScaleAnnotation]) return this.#own;
    if (this.#read(annotations) !== undefined) throw new Unmeasurable(`nothing was scaled: ${this.#taken}`);
    if (this.#isSeenWritten) {
      throw new Unmeasurable(`nothing was scaled: somebody has taken ${keptScaleAnnotation} off ${this.#holderName}`);
    }
    const kept = await this.#whatIs(object);
    // Notes of two runs may keep the same.
    return { kept, text: JSON.stringify({ ...kept, run: randomUUID() }) };
  }

  async #whatIs(holder: ScaledObject): Promise<KeptScale> {
    const { autoscaler, deployment } = this.workload;
    const deployed = autoscaler === undefined ? holder : await this.api.get<ScaledObject>("Deployment", deployment.name);
    const { replicas = 1 } = deployed.spec;
    const owners = { autoscaler: [], deployment: ownersOf(deployed.metadata.managedFields, changedFields.Deployment) };
    if (autoscaler === undefined) return { scale: { replicas }, owners };
    const { minReplicas: min = 1, maxReplicas: max = 1 } = holder.spec;
    const ofScaler = ownersOf(holder.metadata.managedFields, changedFields.HorizontalPodAutoscaler);
    return { scale: { replicas, min, max }, owners: { ...owners, autoscaler: ofScaler } };
  }

  /**
   * Puts back what this run has changed, or a run that was killed, and takes the annotation away when all is done. What
   * another run has changed is left alone.
   * @throws Unmeasurable
   */
  async putBack(signal: AbortSignal): Promise<void> {
    if (this.#own === undefined && !this.#isLeftover) return;
    const api = this.api.until(signal);
    const { metadata } = await api.get<ScaledObject>(this.#holder.kind, this.#holder.name);
    const kept = this.#toPutBack(metadata.annotations);
    if (kept !== undefined) await this.#restore(api, kept);
    this.#own = undefined;
    this.#isSeenWritten = false;
    this.#isLeftover = false;
  }

  #toPutBack(annotations: ScaledObject["metadata"]["annotations"]): KeptScale | undefined {
    const there = this.#read(annotations);
    if (this.#own === undefined) return there;
    const { kept, text } = this.#own;
    if (annotations?.[keptScaleAnnotation] === text) return kept;
    if (!this.#isSeenWritten) return undefined;
    if (there !== undefined) throw new Unmeasurable(this.#taken);
    // Without the note no other run will put it back.
    return kept;
  }

  /** The note that is there, whoever wrote it. */
  #read(annotations: ScaledObject["metadata"]["annotations"]): KeptScale | undefined {
    const kept = keptScale(annotations);
    if (kept !== undefined || annotations?.[keptScaleAnnotation] === undefined) return kept;
    throw new Unmeasurable(`annotation ${keptScaleAnnotation} of ${this.#holderName} cannot be read: look at it and remove it`);
  }

  async #restore(api: NamespaceApi, { scale: { replicas, min, max }, owners }: KeptScale): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    if (autoscaler !== undefined && min !== undefined) {
      const change = { metadata: { uid: autoscaler.uid }, spec: { minReplicas: min, maxReplicas: max } };
      await api.patch("HorizontalPodAutoscaler", autoscaler.name, change);
    }
    await api.patch("Deployment", deployment.name, { spec: { replicas } }, "scale");
    await this.#handBack(api, "Deployment", deployment.name, owners.deployment);
    // The note goes last: a run that is killed before leaves it for the next one.
    if (autoscaler !== undefined) await this.#handBack(api, "HorizontalPodAutoscaler", autoscaler.name, owners.autoscaler);
  }

  /** Gives the fields back to their owners, and takes the note away where it is. */
  #handBack(api: NamespaceApi, kind: ScaledKind, name: string, owners: readonly ManagedFields[]): Promise<void> {
    const annotations = kind === this.#holder.kind ? { [keptScaleAnnotation]: null } : undefined;
    return this.#change(api, kind, name, ({ metadata }) => {
      return { metadata: { managedFields: handBack(metadata.managedFields, owners, fieldManager), annotations } };
    });
  }

  /** Changes an object as it was read, and again where somebody else has changed it in between. */
  async #change(
    api: NamespaceApi,
    kind: ScaledKind,
    name: string,
    changeOf: (object: ScaledObject) => { readonly metadata: object } | Promise<{ readonly metadata: object }>,
  ): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const object = await api.get<ScaledObject>(kind, name);
      const { resourceVersion } = object.metadata;
      const { metadata, ...others } = await changeOf(object);
      try {
        await api.patch(kind, name, { metadata: { ...metadata, resourceVersion }, ...others });
        return;
      } catch (error) {
        if (!(error instanceof ApiFailure) || error.status !== 409 || attempt === attempts) throw error;
      }
    }
  }

  get #holderName(): string {
    return `${this.#holder.kind} ${this.#holder.name}`;
  }

  get #taken(): string {
    return `another run has changed the scale of ${this.#holderName}`;
  }
}
