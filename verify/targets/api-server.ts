import { KubernetesApi, type ApiRequest as PlainRequest } from "../../lib/kubernetes/api";
import type { ClientConfig } from "../../lib/kubernetes/client-node";
import { isPassing, KubernetesError, Refusal, Unreachable } from "../../lib/kubernetes/errors";
import { oneLine, Unmeasurable } from "../common/errors";
import type { KubernetesTarget } from "../options";
import { loadKubeConfig } from "./kube-config";

/** One question to the API server. */
export interface ApiRequest extends PlainRequest {
  /** What is asked for, in words after "cannot": `create Job x`. */
  readonly purpose: string;
  readonly signal: AbortSignal;
  /** Where the rights that it takes are listed. Default: docs/in-cluster.md. */
  readonly rights?: string;
}

/** The API server did not do what it was asked for, and why. */
export class ApiFailure extends Unmeasurable {
  constructor(
    message: string,
    /** HTTP status; undefined where there was no answer. */
    readonly status: number | undefined,
    /** It may have been carried out all the same. */
    readonly mayBeDone: boolean,
    /** Asking again may help. */
    readonly isPassing = false,
  ) {
    super(message);
  }
}

/** The API server, as the verifier asks it: what cannot be asked cannot be measured. */
export class ApiServer implements Disposable {
  constructor(private readonly api: KubernetesApi) {}

  /**
   * @throws UsageError when the kubeconfig does not fit
   * @throws Unmeasurable when there is none, or its credentials cannot be used
   */
  static async connect(target: Pick<KubernetesTarget, "kubeconfig" | "context">): Promise<ApiServer> {
    const config = await loadKubeConfig(target);
    try {
      return new ApiServer(await KubernetesApi.connect(config));
    } catch (error) {
      throw error instanceof KubernetesError ? new Unmeasurable(oneLine(error.message)) : error;
    }
  }

  /** @returns the answer's body. @throws ApiFailure */
  json<T>(request: ApiRequest): Promise<T> {
    return this.#ask(request, () => this.api.json<T>(request));
  }

  /**
   * Calls back with each line of an answer as it comes, until its end.
   * @throws ApiFailure
   */
  lines(request: ApiRequest, limitMs: number, onLine: (line: string) => void): Promise<void> {
    return this.#ask(request, () => this.api.lines({ ...request, limitMs }, onLine));
  }

  get address(): string {
    return this.api.server;
  }

  /** For clients of other kinds, such as port-forwards. */
  get config(): ClientConfig {
    return this.api.config;
  }

  [Symbol.dispose](): void {
    this.api[Symbol.dispose]();
  }

  async #ask<T>({ purpose, signal, rights = "docs/in-cluster.md" }: ApiRequest, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (signal.aborted) throw new Unmeasurable("interrupted");
      if (!(error instanceof KubernetesError)) throw error;
      const status = error instanceof Refusal ? error.status : undefined;
      const said = error instanceof Unreachable ? error.why : error.message;
      const why = oneLine(status === undefined ? said : `HTTP ${status} ${said}`, 300);
      const hint =
        status === 403
          ? ` (the rights that it takes are in ${rights})`
          : said === "connection refused"
            ? "; is the cluster up, and is this the right context?"
            : "";
      const message = `cannot ${purpose} at the API server ${this.api.server}: ${why}${hint}`;
      throw new ApiFailure(message, status, error.mayBeDone, isPassing(error));
    }
  }
}
