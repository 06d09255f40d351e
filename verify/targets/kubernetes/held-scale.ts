import { randomUUID } from "node:crypto";
import { Unmeasurable } from "../../common/errors";
import type { KeptScale, Scale, Workload } from "../disruptable";
import { ApiFailure, fieldManager, type NamespaceApi } from "../namespace-api";

/** An object as far as its scale goes. */
interface ScaledObject {
  readonly metadata: {
    readonly resourceVersion?: string;
    readonly annotations?: Annotations;
    readonly managedFields?: readonly { readonly manager?: string }[];
  };
  readonly spec: { readonly replicas?: number; readonly minReplicas?: number; readonly maxReplicas?: number };
}

type Annotations = Readonly<Record<string, string>>;

type ScaledKind = "Deployment" | "HorizontalPodAutoscaler";

/** Holds the scale to be put back, on the autoscaler, or on the Deployment where there is none. */
const annotation = "plano-affinity/put-back";

/** Attempts to change an object: controllers write to these objects all the time. */
const attempts = 8;

/**
 * Pure: the scale that is noted in an annotation; undefined where there is none.
 * @throws Unmeasurable when it cannot be read
 */
export function keptScale(annotations: Annotations = {}): KeptScale | undefined {
  const text = annotations[annotation];
  if (text === undefined) return undefined;
  try {
    const { scale, run } = JSON.parse(text) as { readonly scale: Scale; readonly run?: string };
    const counts = scale.min === undefined ? [scale.replicas] : [scale.replicas, scale.min, scale.max];
    if (counts.every((count) => Number.isInteger(count) && (count as number) >= 0)) return { ...scale, run };
  } catch {
    // As with numbers that are none.
  }
  throw new Unmeasurable(`annotation ${annotation} of the autoscaler or Deployment cannot be read: look at it and remove it`);
}

/** A Deployment's number of replicas, held at what we want: by its autoscaler, where it has one, with minimum = maximum. */
export class HeldScale {
  /** Tells our note from another run's. That of a run that was killed is taken over. */
  #run: string | undefined;
  /** What was before, once it is certainly noted. */
  #kept: Scale | undefined;
  #mayBeHeld: boolean;
  /** Who has the annotation. */
  readonly #holder: { readonly kind: ScaledKind; readonly name: string; readonly uid: string };

  constructor(
    private readonly api: NamespaceApi,
    private readonly workload: Pick<Workload, "deployment" | "autoscaler" | "leftover">,
  ) {
    const { autoscaler, deployment, leftover } = workload;
    this.#mayBeHeld = leftover !== undefined;
    this.#run = leftover === undefined ? randomUUID() : leftover.run;
    this.#holder =
      autoscaler === undefined ? { kind: "Deployment", ...deployment } : { kind: "HorizontalPodAutoscaler", ...autoscaler };
  }

  /**
   * Notes what is, in the same request that changes the first of it.
   * @throws Unmeasurable, also when somebody else changes the scale
   */
  async hold(replicas: number): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    const { kind, name, uid } = this.#holder;
    let kept: Scale | undefined;
    await this.#change(this.api, kind, name, async (object) => {
      const note = keptScale(object.metadata.annotations);
      kept = note ?? (await this.#scaleOf(object));
      const isTaken = note === undefined ? this.#kept !== undefined : note.run !== this.#run;
      if (isTaken || replicas < kept.replicas) throw new Unmeasurable(`nothing was scaled: ${this.#taken}`);
      this.#mayBeHeld = true;
      const text = JSON.stringify({ scale: kept, run: this.#run });
      const metadata = { uid, annotations: note === undefined ? { [annotation]: text } : undefined };
      return autoscaler === undefined ? { metadata } : { metadata, spec: { minReplicas: replicas, maxReplicas: replicas } };
    });
    this.#kept = kept;
    // At once: an autoscaler looks only every 15 seconds.
    await this.api.patch("Deployment", deployment.name, { spec: { replicas } }, "scale");
  }

  async #scaleOf(holder: ScaledObject): Promise<Scale> {
    const { autoscaler, deployment } = this.workload;
    if (autoscaler === undefined) return { replicas: holder.spec.replicas ?? 1 };
    const { spec } = await this.api.get<ScaledObject>("Deployment", deployment.name);
    const { minReplicas: min = 1, maxReplicas: max = 1 } = holder.spec;
    return { replicas: spec.replicas ?? 1, min, max };
  }

  /**
   * Puts back what this run has changed, or a run that was killed, and takes the annotation away when all is done. What
   * another run has changed is left alone.
   * @throws Unmeasurable
   */
  async putBack(signal: AbortSignal): Promise<void> {
    if (!this.#mayBeHeld) return;
    const api = this.api.until(signal);
    const { metadata } = await api.get<ScaledObject>(this.#holder.kind, this.#holder.name);
    const note = keptScale(metadata.annotations);
    const isTaken = note !== undefined && note.run !== this.#run;
    if (isTaken && this.#kept !== undefined) throw new Unmeasurable(this.#taken);
    // Where our note is gone, no other run will put it back.
    const scale = isTaken ? undefined : (note ?? this.#kept);
    if (scale !== undefined) await this.#restore(api, scale);
    this.#kept = undefined;
    this.#mayBeHeld = false;
    this.#run = randomUUID();
  }

  async #restore(api: NamespaceApi, { replicas, min, max }: Scale): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    if (autoscaler !== undefined && min !== undefined) {
      const change = { metadata: { uid: autoscaler.uid }, spec: { minReplicas: min, maxReplicas: max } };
      await api.patch("HorizontalPodAutoscaler", autoscaler.name, change);
    }
    await api.patch("Deployment", deployment.name, { spec: { replicas } }, "scale");
    // The note goes last: a run that is killed before leaves it for the next one.
    if (autoscaler !== undefined) await this.#release(api, "Deployment", deployment.name);
    await this.#release(api, this.#holder.kind, this.#holder.name, { [annotation]: null });
  }

  /** Gives up the fields that we have changed: their owner's next server-side apply would be refused as a conflict with us. */
  #release(api: NamespaceApi, kind: ScaledKind, name: string, annotations?: object): Promise<void> {
    return this.#change(api, kind, name, ({ metadata: { managedFields = [] } }) => ({
      metadata: { managedFields: managedFields.filter(({ manager }) => manager !== fieldManager), annotations },
    }));
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

  get #taken(): string {
    return `somebody else has changed the scale of ${this.#holder.kind} ${this.#holder.name}`;
  }
}
