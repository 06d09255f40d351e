import type { V1Job } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { reasonOf, Unmeasurable } from "../common/errors";
import { ApiFailure, type ApiServer } from "../targets/api-server";
import { ownedBy, selectorOf, type Manifest } from "./manifests";
import type { PlannedRun } from "./plan";

/** Limit of the removal, in milliseconds: it must end also when the cluster does not answer any more. */
const removalLimitMs = 15_000;

const never = new AbortController().signal;

const collections: { readonly [kind: string]: string } = {
  ServiceAccount: "/api/v1/namespaces/NAMESPACE/serviceaccounts",
  ConfigMap: "/api/v1/namespaces/NAMESPACE/configmaps",
  Role: "/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1/namespaces/NAMESPACE/rolebindings",
  Job: "/apis/batch/v1/namespaces/NAMESPACE/jobs",
};

export class AppliedRun {
  /** What was made, or may have been. */
  readonly #made: Manifest[] = [];
  #removal: Promise<string | undefined> | undefined;

  constructor(
    private readonly api: ApiServer,
    private readonly run: PlannedRun,
  ) {}

  /**
   * Creates everything. The Job comes first, without a pod, and owns the rest: where this process is killed, the cluster
   * removes all of it some time after the Job's end.
   * @param signal is looked at between the requests: one that is called off may be carried out all the same, and late
   * @throws Unmeasurable
   */
  async create(signal: AbortSignal): Promise<void> {
    const { name, namespace, needs, job } = this.run;
    const { metadata } = await this.#create<V1Job>(job);
    const owner = { apiVersion: "batch/v1", kind: "Job", name, uid: metadata?.uid ?? "" };
    for (const manifest of needs) {
      if (signal.aborted) throw new Unmeasurable("interrupted");
      await this.#create(ownedBy(manifest, owner));
    }
    const path = `${this.#collection("Job")}/${name}`;
    const purpose = `start Job ${name} in namespace ${namespace}`;
    await this.api.json({ purpose, method: "PATCH", path, body: { spec: { suspend: false } }, signal: never });
  }

  async #create<T extends Manifest>(manifest: T): Promise<T> {
    const purpose = `create ${nameOf(manifest)} in namespace ${this.run.namespace}`;
    try {
      const made = await this.api.json<T>({
        purpose,
        method: "POST",
        path: this.#collection(manifest.kind),
        body: manifest,
        signal: never,
      });
      this.#made.push(manifest);
      return made;
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
    const signal = AbortSignal.timeout(removalLimitMs);
    const { name, namespace } = this.run;
    const left: string[] = [];
    let reason = "";
    await Promise.all(
      this.#made.map(async (manifest) => {
        const path = `${this.#collection(manifest.kind)}/${manifest.metadata?.name ?? ""}`;
        const body = { propagationPolicy: "Background" };
        try {
          await this.api.json({ purpose: "remove it", method: "DELETE", path, body, signal });
        } catch (error) {
          if (error instanceof ApiFailure && error.status === 404) return;
          left.push(nameOf(manifest));
          // It is the Job that matters.
          if (manifest !== this.run.job) return;
          reason = signal.aborted ? `no answer within ${removalLimitMs / 1000} s` : reasonOf(error);
        }
      }),
    );
    // Without it the cluster removes what it owned by itself.
    if (!left.includes(nameOf(this.run.job))) return undefined;
    const command = `kubectl -n ${namespace} delete job,configmap,rolebinding,role,serviceaccount -l ${selectorOf(name)}`;
    return `left in the cluster: ${left.join(", ")} (${reason}); remove it with: ${command}`;
  }

  #collection(kind: string | undefined): string {
    return (collections[kind ?? ""] ?? "").replace("NAMESPACE", encodeURIComponent(this.run.namespace));
  }
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata?.name}`;
}
