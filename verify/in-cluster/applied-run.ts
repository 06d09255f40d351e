import type { Manifest } from "../../lib/kubernetes/objects";
import { Unmeasurable } from "../common/errors";
import { ApiFailure, type Kind, type NamespaceApi } from "../targets/namespace-api";
import { type PlannedRun, selectorOf } from "./manifests";

/** Limit of the removal, in milliseconds: it must end also when the cluster does not answer any more. */
const removalLimitMs = 15_000;

export class AppliedRun {
  /** What was made, or may have been. */
  readonly #made: Manifest[] = [];
  #removal: Promise<string | undefined> | undefined;
  /** For requests that change something: one that is called off may be carried out all the same, and late. */
  readonly #unstoppable: NamespaceApi;

  constructor(
    private readonly api: NamespaceApi,
    private readonly run: PlannedRun,
  ) {
    this.#unstoppable = api.until(new AbortController().signal);
  }

  /**
   * Creates everything. The Job comes first, without a pod, and owns the rest: where this process is killed, the cluster
   * removes all of it some time after the Job's end.
   * @throws Unmeasurable
   */
  async create(): Promise<void> {
    const { name, needs, job } = this.run;
    const owner = { apiVersion: "batch/v1", kind: "Job", name, uid: await this.#create(job) };
    for (const manifest of needs) {
      if (this.api.signal.aborted) throw new Unmeasurable("interrupted");
      const metadata = { ...manifest.metadata, ownerReferences: [owner] };
      await this.#create({ ...manifest, metadata });
    }
    await this.#unstoppable.patch("Job", name, { spec: { suspend: false } });
  }

  /** @returns its UID */
  async #create(manifest: Manifest): Promise<string> {
    const { kind, metadata } = manifest;
    try {
      const made = await this.#unstoppable.create<{ readonly metadata?: { readonly uid?: string } }>(
        kind as Kind,
        metadata.name,
        manifest,
      );
      this.#made.push(manifest);
      return made.metadata?.uid ?? "";
    } catch (error) {
      if (!(error instanceof ApiFailure) || error.mayBeDone) this.#made.push(manifest);
      throw error;
    }
  }

  /**
   * Removes everything, once; the pod ends within seconds.
   * @returns what could not be removed and what to do about it, in one line; undefined when nothing is left
   */
  remove(): Promise<string | undefined> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  async #remove(): Promise<string | undefined> {
    const { name, namespace, job } = this.run;
    const api = this.api.until(AbortSignal.timeout(removalLimitMs));
    const left: string[] = [];
    let reason: string | undefined;
    await Promise.all(
      this.#made.map(async ({ kind, metadata }) => {
        try {
          await api.delete(kind as Kind, metadata.name, { propagationPolicy: "Background" });
        } catch (error) {
          if (error instanceof ApiFailure && error.status === 404) return;
          left.push(`${kind} ${metadata.name}`);
          if (kind === job.kind)
            reason = api.signal.aborted ? `no answer within ${removalLimitMs / 1000} s` : (error as Error).message;
        }
      }),
    );
    // It is the Job that matters: without it the cluster removes what it owned by itself.
    if (reason === undefined) return undefined;
    const command = `kubectl -n ${namespace} delete job,configmap,rolebinding,role,serviceaccount -l ${selectorOf(name)}`;
    return `left in the cluster: ${left.join(", ")} (${reason}); remove it with: ${command}`;
  }
}
