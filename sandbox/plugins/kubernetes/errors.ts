/** The API server answered with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    message: string,
    /** The HTTP status. */
    readonly status: number,
    /** Kubernetes' own word for it, such as `NotFound` or `Conflict`. */
    readonly reason: string,
  ) {
    super(message);
  }

  /** The object, or the kind of object, is not there. */
  get notFound(): boolean {
    return this.status === 404;
  }
}

/** No API server answered: none is configured, none listens, or it is not the one that the kubeconfig trusts. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}
