import type { V1ObjectMeta } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { Unmeasurable } from "../../common/errors";
import { ApiFailure } from "../../in-cluster/api";
import type { NamedObject, Scale, Workload } from "../disruptable";
import { handBack, ownersOf, type FieldPath, type ManagedFields } from "./field-owners";
import { annotationField, changedFields, keptScale, keptScaleAnnotation, type KeptScale } from "./kept-scale";
import { fieldManager, kinds, type Kind, type NamespaceApi } from "./namespace-api";

/** An object as far as its scale goes. */
interface ScaledObject {
  readonly metadata: Omit<V1ObjectMeta, "managedFields"> & { readonly managedFields?: readonly ManagedFields[] };
  readonly spec: { readonly replicas?: number; readonly minReplicas?: number; readonly maxReplicas?: number };
}

/** Controllers write to these objects all the time; as often is a change tried whose object was changed in between. */
const attempts = 8;

/**
 * A Deployment's number of replicas, held at what we want. Where an autoscaler owns it, the autoscaler is held, with
 * minimum = maximum, which it follows without waiting for its stabilisation windows.
 */
export class HeldScale {
  #isKept = false;

  constructor(
    private readonly api: NamespaceApi,
    private readonly workload: Pick<Workload, "deployment" | "autoscaler">,
  ) {}

  /** @throws Unmeasurable */
  async hold(replicas: number): Promise<void> {
    const { autoscaler, deployment } = this.workload;
    if (!this.#isKept) await this.#keep(replicas);
    else if (autoscaler !== undefined) {
      const spec = { minReplicas: replicas, maxReplicas: replicas };
      await this.api.patch(kinds.autoscaler, autoscaler.name, { metadata: { uid: autoscaler.uid }, spec });
    }
    // At once: an autoscaler looks only every 15 seconds.
    await this.api.patch(kinds.deployment, deployment.name, { spec: { replicas } }, "scale");
  }

  /** Writes down what is, in the same request that changes the first of it. */
  async #keep(replicas: number): Promise<void> {
    const { autoscaler } = this.workload;
    const holder = this.#holder();
    await unlessChanged(async () => {
      const object = await this.api.get<ScaledObject>(holder.kind, holder.name);
      if (object.metadata.annotations?.[keptScaleAnnotation] !== undefined) {
        throw new Unmeasurable(`nothing was scaled: another run has changed the scale of ${holder.kind.word} ${holder.name}`);
      }
      const annotations = { [keptScaleAnnotation]: JSON.stringify(await this.#whatIs(object)) };
      const { resourceVersion } = object.metadata;
      const { uid } = holder;
      const spec = autoscaler === undefined ? {} : { spec: { minReplicas: replicas, maxReplicas: replicas } };
      await this.api.patch(holder.kind, holder.name, { metadata: { uid, resourceVersion, annotations }, ...spec });
    });
    this.#isKept = true;
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
   * Puts back what the annotation keeps, if there is one, and takes it away when all is done.
   * @returns what was put back. @throws Unmeasurable
   */
  async putBack(signal: AbortSignal): Promise<Scale | undefined> {
    const api = this.api.until(signal);
    const { autoscaler, deployment } = this.workload;
    const { kind, name } = this.#holder();
    const { metadata } = await api.get<ScaledObject>(kind, name);
    if (metadata.annotations?.[keptScaleAnnotation] === undefined) return undefined;
    const kept = keptScale(metadata.annotations);
    if (kept === undefined) {
      throw new Unmeasurable(
        `annotation ${keptScaleAnnotation} of ${kind.word} ${name} cannot be read; look at it and remove it`,
      );
    }
    const { replicas, min, max } = kept.scale;
    if (autoscaler !== undefined && min !== undefined) {
      const spec = { minReplicas: min, maxReplicas: max };
      await api.patch(kinds.autoscaler, autoscaler.name, { metadata: { uid: autoscaler.uid }, spec });
    }
    await api.patch(kinds.deployment, deployment.name, { spec: { replicas } }, "scale");
    // The note goes last: whoever is killed before has left it for the next run.
    if (autoscaler === undefined) {
      await this.#handBack(api, kinds.deployment, deployment.name, kept.owners.deployment, changedFields.deployment, true);
    } else {
      await this.#handBack(api, kinds.deployment, deployment.name, kept.owners.deployment, changedFields.deployment, false);
      await this.#handBack(api, kinds.autoscaler, autoscaler.name, kept.owners.autoscaler, changedFields.autoscaler, true);
    }
    this.#isKept = false;
    return kept.scale;
  }

  async #handBack(
    api: NamespaceApi,
    kind: Kind,
    name: string,
    owners: readonly ManagedFields[],
    fields: readonly FieldPath[],
    holdsNote: boolean,
  ): Promise<void> {
    await unlessChanged(async () => {
      const { metadata } = await api.get<ScaledObject>(kind, name);
      const paths = holdsNote ? [...fields, annotationField] : fields;
      const managedFields = handBack(metadata.managedFields ?? [], owners, fieldManager, paths);
      const annotations = holdsNote ? { annotations: { [keptScaleAnnotation]: null } } : {};
      const { uid, resourceVersion } = metadata;
      await api.patch(kind, name, { metadata: { uid, resourceVersion, managedFields, ...annotations } });
    });
  }

  #holder(): NamedObject & { readonly kind: Kind } {
    const { autoscaler, deployment } = this.workload;
    return autoscaler === undefined
      ? { kind: kinds.deployment, name: deployment.name, uid: deployment.uid }
      : { kind: kinds.autoscaler, name: autoscaler.name, uid: autoscaler.uid };
  }
}

/** Tries again with the object as it is then when somebody else was quicker. */
async function unlessChanged(change: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.status !== 409 || attempt === attempts) throw error;
    }
  }
}
