import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";

/** How long a credential program or one answer may take, in milliseconds. */
const limitMs = 10_000;
/** Questions at the same time; the API server has other clients too. */
const connections = 16;

/** The API server answered, and said no. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The program that a kubeconfig gets its credentials from did not give any. */
export class CredentialProgramError extends Error {
  override readonly name = "CredentialProgramError";

  constructor(
    readonly program: string,
    readonly missing: boolean,
    message: string,
  ) {
    super(message);
  }
}

/** Something did not answer within its limit. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Asks an API server, with the credentials of a kubeconfig; each question has a limit of ten seconds. */
export class ClusterApi implements Disposable {
  private constructor(
    readonly server: string,
    private readonly options: https.RequestOptions,
  ) {}

  /**
   * Reads certificates and runs the credential program, where the kubeconfig names one.
   *
   * @throws CredentialProgramError when that program is missing or fails, NoAnswer when it takes too long.
   */
  static async connect(kubeconfig: string): Promise<ClusterApi> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    const program = config.getCurrentUser()?.exec as { readonly command?: string } | undefined;
    const options: https.RequestOptions = {};
    const subject = program?.command === undefined ? "the kubeconfig's credentials" : `the credential program ${program.command}`;
    await withLimit(subject, config.applyToHTTPSOptions(options)).catch((error: unknown) => {
      if (program?.command === undefined || error instanceof NoAnswer) throw error;
      const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
      throw new CredentialProgramError(program.command, missing, error instanceof Error ? error.message : String(error));
    });
    if (options.agent instanceof https.Agent) Object.assign(options.agent.options, { keepAlive: true });
    if (options.agent instanceof http.Agent) options.agent.maxSockets = connections;
    return new ClusterApi((config.getCurrentCluster()?.server ?? "").replace(/\/$/, ""), options);
  }

  /** @throws ApiRefusal for any status but 2xx, NoAnswer, or the error of the connection. */
  async get<T>(path: string): Promise<T> {
    return this.#ask<T>("GET", path, undefined);
  }

  /** @throws ApiRefusal for any status but 2xx, NoAnswer, or the error of the connection. */
  async post<T>(path: string, body: object): Promise<T> {
    return this.#ask<T>("POST", path, body);
  }

  async #ask<T>(method: string, path: string, body: object | undefined): Promise<T> {
    const url = new URL(this.server + path);
    const json = { accept: "application/json", ...(body && { "content-type": "application/json" }) };
    const headers = { ...this.options.headers, ...json };
    const stop = new AbortController();
    const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
      const transport = url.protocol === "http:" ? http : https;
      const request = transport.request(url, { ...this.options, method, headers, signal: stop.signal }, resolve);
      request.once("error", reject).end(body && JSON.stringify(body));
    }).then(async (response) => ({ status: response.statusCode ?? 0, content: await text(response) }));
    try {
      const { status, content } = await withLimit("the API server", answer);
      if (status < 200 || status > 299) throw new ApiRefusal(status, messageOf(content));
      return JSON.parse(content) as T;
    } catch (error) {
      if (error instanceof NoAnswer) stop.abort();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    if (this.options.agent instanceof http.Agent) this.options.agent.destroy();
  }
}

/** The message of a `Status` object; the start of the text where something else answered. */
function messageOf(content: string): string {
  try {
    return (JSON.parse(content) as { message?: string }).message ?? content.slice(0, 200);
  } catch {
    return content.slice(0, 200);
  }
}

async function withLimit<T>(subject: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`${subject} gave no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
