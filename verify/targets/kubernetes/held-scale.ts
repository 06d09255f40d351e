import { randomUUID } from "node:crypto";
import type { V1ObjectMeta } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Unmeasurable } from "../../common/errors";
import { ApiFailure } from "../api-server";
import type { NamedObject, Scale, Workload } from "../disruptable";
import { handBack, ownersOf, type FieldPath, type ManagedFields } from "./field-owners";
import { annotationField, changedFields, keptScale, keptScaleAnnotation, type KeptScale } from "./kept-scale";
import { fieldManager, kinds, type Kind, type NamespaceApi } from "./namespace-api";

/** An object as far as its scale goes. */
interface ScaledObject {
  readonly metadata: Omit<V1ObjectMeta, "managedFields"> & { readonly managedFields?: readonly ManagedFields[] };
  readonly spec: { readonly replicas?: number; readonly minReplicas?: number; readonly maxReplicas?: number };
}

/** What this run keeps. */
interface OwnNote {
  readonly kept: KeptScale;
  /** As it stands in the annotation. */
  readonly text: string;
  /** It was seen to be written. */
  isWritten: boolean;
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
  /** Whether a run that was killed has left a note, which this one is to put back. */
  #isLeftover: boolean;

  constructor(
    private readonly api: NamespaceApi,
    private readonly workload: Pick<Workload, "deployment" | "autoscaler" | "leftover">,
  ) {
    this.#isLeftover = workload.leftover !== undefined;
  }

  /**
   * Writes down what is, in the same request that changes the first of it.
   * @throws Unmeasurable, also when somebody else changes the scale
   */
  async hold(replicas: number): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    const { kind, name, uid } = this.#holder();
    const spec = autoscaler === undefined ? {} : { spec: { minReplicas: replicas, maxReplicas: replicas } };
    await unlessChanged(async () => {
      const object = await this.api.get<ScaledObject>(kind, name);
      const own = await this.#noteFor(object);
      const { scale } = own.kept;
      if (replicas < scale.replicas) {
        throw new Unmeasurable(
          `nothing was scaled: ${replicas} would be fewer than the ${scale.replicas} replicas of before, ` +
            "so somebody else has changed the scale",
        );
      }
      this.#own = own;
      // With this resourceVersion the note cannot have changed meanwhile.
      const { resourceVersion } = object.metadata;
      const annotations = { [keptScaleAnnotation]: own.text };
      await this.api.patch(kind, name, { metadata: { uid, resourceVersion, annotations }, ...spec });
      own.isWritten = true;
    });
    // At once: an autoscaler looks only every 15 seconds.
    await this.api.patch(kinds.deployment, deployment.name, { spec: { replicas } }, "scale");
  }

  /** Our note where there is one, else a new one; it is not written yet. */
  async #noteFor(object: ScaledObject): Promise<OwnNote> {
    const own = this.#own;
    const { annotations } = object.metadata;
    const there = annotations?.[keptScaleAnnotation];
    if (own !== undefined && there === own.text) return own;
    const { kind, name } = this.#holder();
    if (there !== undefined) {
      if (keptScale(annotations) === undefined) throw this.#unreadable();
      throw new Unmeasurable(`nothing was scaled: another run has changed the scale of ${kind.word} ${name}`);
    }
    if (own?.isWritten === true) {
      throw new Unmeasurable(`nothing was scaled: somebody has taken ${keptScaleAnnotation} off ${kind.word} ${name}`);
    }
    const kept = await this.#whatIs(object);
    // Notes of two runs may keep the same.
    return { kept, text: JSON.stringify({ ...kept, run: randomUUID() }), isWritten: false };
  }

  async #whatIs(holder: ScaledObject): Promise<KeptScale> {
    const { autoscaler, deployment } = this.workload;
    const owners = (object: ScaledObject, paths: readonly FieldPath[]): ManagedFields[] =>
      ownersOf(object.metadata.managedFields ?? [], paths);
    const deployed = autoscaler === undefined ? holder : await this.api.get<ScaledObject>(kinds.deployment, deployment.name);
    const deploymentOwners = owners(deployed, changedFields.deployment);
    const { replicas = 1 } = deployed.spec;
    if (autoscaler === undefined) return { scale: { replicas }, owners: { autoscaler: [], deployment: deploymentOwners } };
    const { minReplicas = 1, maxReplicas = 1 } = holder.spec;
    return {
      scale: { replicas, min: minReplicas, max: maxReplicas },
      owners: { autoscaler: owners(holder, changedFields.autoscaler), deployment: deploymentOwners },
    };
  }

  /**
   * Puts back what this run has changed, or a run that was killed, and takes the annotation away when all is done. What
   * another run has changed is left alone.
   * @returns what was put back; undefined when there was nothing. @throws Unmeasurable
   */
  async putBack(signal: AbortSignal): Promise<Scale | undefined> {
    if (this.#own === undefined && !this.#isLeftover) return undefined;
    const api = this.api.until(signal);
    const { kind, name } = this.#holder();
    const { metadata } = await api.get<ScaledObject>(kind, name);
    const kept = this.#toPutBack(metadata.annotations);
    if (kept !== undefined) await this.#restore(api, kept);
    this.#own = undefined;
    this.#isLeftover = false;
    return kept?.scale;
  }

  #toPutBack(annotations: Readonly<Record<string, string>> | undefined): KeptScale | undefined {
    const there = annotations?.[keptScaleAnnotation];
    if (this.#own === undefined) {
      const left = keptScale(annotations);
      if (there !== undefined && left === undefined) throw this.#unreadable();
      return left;
    }
    const { kept, text, isWritten } = this.#own;
    if (there === text) return kept;
    if (!isWritten) return undefined;
    // Without the note no other run will put it back.
    if (there === undefined) return kept;
    const { kind, name } = this.#holder();
    throw new Unmeasurable(`another run has changed the scale of ${kind.word} ${name}`);
  }

  #unreadable(): Unmeasurable {
    const { kind, name } = this.#holder();
    return new Unmeasurable(`annotation ${keptScaleAnnotation} of ${kind.word} ${name} cannot be read: look at it and remove it`);
  }

  async #restore(api: NamespaceApi, kept: KeptScale): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    const { replicas, min, max } = kept.scale;
    if (autoscaler !== undefined && min !== undefined) {
      const spec = { minReplicas: min, maxReplicas: max };
      await api.patch(kinds.autoscaler, autoscaler.name, { metadata: { uid: autoscaler.uid }, spec });
    }
    await api.patch(kinds.deployment, deployment.name, { spec: { replicas } }, "scale");
    // The note goes last: a run that is killed before leaves it for the next one.
    await this.#handBack(api, "deployment", kept, autoscaler === undefined);
    if (autoscaler !== undefined) await this.#handBack(api, "autoscaler", kept, true);
  }

  async #handBack(api: NamespaceApi, of: keyof typeof changedFields, kept: KeptScale, holdsNote: boolean): Promise<void> {
    const name = this.workload[of]?.name ?? "";
    await unlessChanged(async () => {
      const { metadata } = await api.get<ScaledObject>(kinds[of], name);
      const paths = holdsNote ? [...changedFields[of], annotationField] : changedFields[of];
      const managedFields = handBack(metadata.managedFields ?? [], kept.owners[of], fieldManager, paths);
      const annotations = holdsNote ? { annotations: { [keptScaleAnnotation]: null } } : {};
      const { uid, resourceVersion } = metadata;
      await api.patch(kinds[of], name, { metadata: { uid, resourceVersion, managedFields, ...annotations } });
    });
  }

  #holder(): NamedObject & { readonly kind: Kind } {
    const { autoscaler, deployment } = this.workload;
    return autoscaler === undefined
      ? { kind: kinds.deployment, name: deployment.name, uid: deployment.uid }
      : { kind: kinds.autoscaler, name: autoscaler.name, uid: autoscaler.uid };
  }
}

/** Tries again where somebody else has changed the object in between. */
async function unlessChanged(change: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status !== 409 || attempt === attempts) throw error;
    }
  }
}
