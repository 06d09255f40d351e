/** The API server did not do what it was asked. The message is one line for people. */
export class KubernetesError extends Error {
  override readonly name: string = "KubernetesError";

  constructor(
    message: string,
    /** The request may have been carried out all the same. */
    readonly mayBeDone: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The API server answered, and refused. */
export class Refusal extends KubernetesError {
  override readonly name = "Refusal";

  constructor(
    readonly status: number,
    message: string,
    /** Kubernetes' own word for it, such as `NotFound` or `Conflict`; empty where a proxy answered. */
    readonly reason = "",
  ) {
    super(message, status >= 500);
  }
}

/**
 * No answer in time, or no connection: nothing listens, it broke, or it is not the server that the kubeconfig trusts. The
 * cause is Node.js' own error, where there is one.
 */
export class Unreachable extends KubernetesError {
  override readonly name = "Unreachable";

  constructor(
    server: string,
    /** Without the server: `connection refused`. */
    readonly why: string,
    mayBeDone: boolean,
    options?: ErrorOptions,
  ) {
    super(`the Kubernetes API at ${server} cannot be reached: ${why}`, mayBeDone, options);
  }
}

/** The kubeconfig's credentials cannot be used: a file of it, or the program that it gets them from. */
export class CredentialsError extends KubernetesError {
  override readonly name = "CredentialsError";

  constructor(message: string) {
    super(message, false);
  }
}

/** Whether asking again may help. */
export function isPassing(error: unknown): boolean {
  return error instanceof Refusal ? error.status === 429 || error.status >= 500 : error instanceof Unreachable;
}

/** What is read; undefined where the object, or its kind, is not there. */
export async function orAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  });
}
