import { oneLine, Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import { type HttpAnswer, HttpClient, HttpFailure } from "../http/http-client";

export interface Span {
  readonly service: string;
  readonly tags: Readonly<Record<string, string>>;
}

const limitSeconds = 5;

/** A trace of one request has some kilobytes. */
const maxBodyBytes = 8 * 1024 * 1024;

const mostRedirects = 5;

/** Reads single traces from a Jaeger query service (`GET /api/traces/<id>`, Jaeger 1.x and 2.x). */
export class JaegerClient implements Disposable {
  readonly #client: HttpClient;
  readonly #name: string;

  constructor(
    private readonly url: string,
    signal: AbortSignal,
  ) {
    this.#client = new HttpClient({ timeoutSeconds: limitSeconds, connectionsPerReplica: Infinity, maxBodyBytes, signal });
    this.#name = `Jaeger at ${safeUrl(url)}`;
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
      let from = new URL(`${this.url.replace(/\/+$/, "")}${path}`);
      for (let redirects = 0; ; redirects++) {
        const answer = await this.#client.get(from);
        if (answer.status < 300 || answer.status >= 400 || answer.location === undefined) return answer;
        if (redirects === mostRedirects) throw new HttpFailure(`redirected more than ${mostRedirects} times`, false);
        const next = URL.canParse(answer.location, from.href) ? new URL(answer.location, from) : undefined;
        if (next === undefined || !/^https?:$/.test(next.protocol)) throw new HttpFailure("redirected to no HTTP address", false);
        from = next;
      }
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

type JaegerTags = readonly { readonly key: string; readonly value: unknown }[];

interface JaegerAnswer {
  readonly data: readonly {
    readonly spans: readonly { processID: string; tags?: JaegerTags }[];
    readonly processes: Readonly<Record<string, { serviceName: string; tags?: JaegerTags }>>;
  }[];
}

/** A span's own tags win over those of its process. */
function readTrace({ data }: JaegerAnswer): Span[] {
  return data.flatMap(({ spans, processes }) =>
    spans.map(({ processID, tags = [] }) => {
      const { serviceName = "", tags: inherited = [] } = processes[processID] ?? {};
      const all = [...inherited, ...tags].map(({ key, value }) => [key, oneLine(String(value))]);
      return { service: serviceName, tags: Object.fromEntries(all) as Span["tags"] };
    }),
  );
}
