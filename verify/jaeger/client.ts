import { oneLine, Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import { endpoint, type HttpAnswer, HttpClient, HttpFailure } from "../http/http-client";

export interface Span {
  readonly service: string;
  readonly operation: string;
  readonly tags: Readonly<Record<string, string>>;
}

const limitSeconds = 5;

/** A trace of one request has some kilobytes. */
const maxBodyBytes = 8 * 1024 * 1024;

const mostRedirects = 5;

/** Reads single traces from a Jaeger query service (`GET /api/traces/<id>`, Jaeger 1.x and 2.x). */
export class JaegerClient implements Disposable {
  readonly #client = new HttpClient({ timeoutSeconds: limitSeconds, connectionsPerReplica: Infinity, maxBodyBytes });
  readonly #name: string;

  constructor(
    private readonly url: string,
    signal: AbortSignal,
  ) {
    this.#name = `Jaeger at ${safeUrl(url)}`;
    signal.addEventListener("abort", () => this.#client.abort());
  }

  /** Spans of the trace, none while Jaeger does not know it. @throws Unmeasurable */
  async spans(traceId: string): Promise<Span[]> {
    const { status, contentType, body } = await this.#get(`/api/traces/${traceId}`);
    if (status === 404) return [];
    if (status !== 200) throw new Unmeasurable(`${this.#name} answered HTTP ${status}`);
    try {
      return readTrace(JSON.parse(body) as JaegerAnswer);
    } catch {
      const type = contentType.split(";")[0] ?? "";
      const what = type === "" || type === "application/json" ? "" : ` but with ${oneLine(type, 40)}`;
      throw new Unmeasurable(`${this.#name} did not answer in the format of Jaeger's query service (port 16686)${what}`);
    }
  }

  async #get(path: string): Promise<HttpAnswer> {
    try {
      let from = `${this.url.replace(/\/+$/, "")}${path}`;
      let answer = await this.#client.get(endpoint(from, ""));
      for (let n = 0; answer.status >= 300 && answer.status < 400 && answer.location !== undefined; n++) {
        if (n === mostRedirects) throw new HttpFailure(`redirected more than ${mostRedirects} times`, false);
        const next = URL.canParse(answer.location, from) ? new URL(answer.location, from) : undefined;
        if (next === undefined || !/^https?:$/.test(next.protocol)) throw new HttpFailure("redirected to no HTTP address", false);
        from = next.href;
        answer = await this.#client.get(endpoint(from, ""));
      }
      return answer;
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      throw new Unmeasurable(`${this.#name} ${explain(error.message)}`);
    }
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

function explain(problem: string): string {
  if (problem === "connection refused") return "refused the connection";
  return problem.startsWith("no answer within") ? `did not answer within ${limitSeconds} s` : `cannot be read: ${problem}`;
}

interface JaegerAnswer {
  readonly data: readonly {
    readonly spans: readonly { operationName: string; processID: string; tags?: readonly JaegerTag[] }[];
    readonly processes: Readonly<Record<string, { serviceName: string; tags?: readonly JaegerTag[] }>>;
  }[];
}

interface JaegerTag {
  readonly key: string;
  readonly value: unknown;
}

/** A span's own tags win over those of its process. */
function readTrace(answer: JaegerAnswer): Span[] {
  return answer.data.flatMap(({ spans, processes }) =>
    spans.map(({ operationName, processID, tags }) => {
      const process = processes[processID];
      const all = [...(process?.tags ?? []), ...(tags ?? [])];
      return {
        service: process?.serviceName ?? "",
        operation: operationName,
        tags: Object.fromEntries(all.map(({ key, value }) => [key, oneLine(String(value))])),
      };
    }),
  );
}
