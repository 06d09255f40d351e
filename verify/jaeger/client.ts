import { oneLine, Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import { endpoint, HttpClient, HttpFailure } from "../http/http-client";

export interface Span {
  readonly service: string;
  readonly operation: string;
  /** Microseconds since 1970. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** A trace of one request has some kilobytes. */
const maxBodyBytes = 8 * 1024 * 1024;

/** Reads single traces from a Jaeger query service, or from Grafana Tempo (`GET /api/traces/<id>`, Jaeger 1.x and 2.x, Tempo 2). */
export class JaegerClient implements Disposable {
  readonly #client: HttpClient;
  readonly #name: string;

  constructor(
    private readonly url: string,
    signal: AbortSignal,
  ) {
    this.#client = new HttpClient({ timeoutSeconds: 5, connectionsPerReplica: Infinity, maxBodyBytes, signal });
    this.#name = `Jaeger at ${safeUrl(url)}`;
  }

  /** Spans of the trace, none while Jaeger does not know it. @throws Unmeasurable */
  async spans(traceId: string): Promise<Span[]> {
    const address = endpoint(this.url, `/api/traces/${traceId}`);
    const asking = this.#client.get(address);
    const { status, body } = await asking.catch((error: unknown) => {
      if (!(error instanceof HttpFailure)) throw error;
      throw new Unmeasurable(`${this.#name} cannot be read: ${error.message}`);
    });
    if (status === 404) {
      // Its own words for a trace that it does not have: {"data":null,"errors":[{"code":404,"msg":"trace not found"}]}
      if (/"errors"\s*:\s*\[/.test(body) || tempoHasNone.test(body)) return [];
      const seen = `GET ${safeUrl(String(address))} answered HTTP 404 in other words; its port is usually 16686`;
      throw new Unmeasurable(`${this.#name} is no Jaeger query API: ${seen}`);
    }
    if (status !== 200)
      throw new Unmeasurable(
        `${this.#name} answered HTTP ${status}${status >= 300 && status < 400 ? "; give the address that it redirects to" : ""}`,
      );
    try {
      const answer = JSON.parse(body) as JaegerAnswer | TempoAnswer;
      return "batches" in answer ? readBatches(answer) : readTrace(answer);
    } catch {
      throw new Unmeasurable(`${this.#name} did not answer in the format of Jaeger's query service (port 16686)`);
    }
  }

  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }
}

/** Tempo's words for a trace that it does not have. */
const tempoHasNone = /^(trace not found|unable to find [0-9a-f]+)/i;

type OtlpAttributes = readonly { readonly key: string; readonly value?: Readonly<Record<string, string | number | boolean>> }[];

/** Spans as OpenTelemetry's protocol has them in JSON. */
interface TempoAnswer {
  readonly batches: readonly {
    readonly resource?: { readonly attributes?: OtlpAttributes };
    readonly scopeSpans?: readonly {
      readonly spans?: readonly {
        name?: unknown;
        startTimeUnixNano?: unknown;
        endTimeUnixNano?: unknown;
        attributes?: OtlpAttributes;
      }[];
    }[];
  }[];
}

function readBatches({ batches }: TempoAnswer): Span[] {
  const texts = (attributes: OtlpAttributes = []): [string, string][] =>
    attributes.map(({ key, value = {} }) => [key, oneLine(String(Object.values(value)[0] ?? ""))]);
  const inMicroseconds = (nanoseconds: unknown): number => microseconds(Math.floor(Number(nanoseconds) / 1_000));
  return batches.flatMap(({ resource, scopeSpans = [] }) => {
    const inherited = texts(resource?.attributes);
    const service = inherited.find(([key]) => key === "service.name")?.[1] ?? "";
    return scopeSpans.flatMap(({ spans = [] }) =>
      spans.map(({ name = "", startTimeUnixNano, endTimeUnixNano, attributes }) => {
        const startUs = inMicroseconds(startTimeUnixNano);
        const durationUs = microseconds(inMicroseconds(endTimeUnixNano) - startUs);
        const tags = Object.fromEntries([...inherited, ...texts(attributes)]);
        return { service, operation: oneLine(String(name)), startUs, durationUs, tags };
      }),
    );
  });
}

type JaegerTags = readonly { readonly key: string; readonly value: unknown }[];

interface JaegerAnswer {
  readonly data: readonly {
    readonly spans: readonly {
      processID: string;
      operationName?: unknown;
      startTime?: unknown;
      duration?: unknown;
      tags?: JaegerTags;
    }[];
    readonly processes: Readonly<Record<string, { serviceName: string; tags?: JaegerTags }>>;
  }[];
}

/** A span's own tags win over those of its process. */
function readTrace({ data }: JaegerAnswer): Span[] {
  return data.flatMap(({ spans, processes }) =>
    spans.map(({ processID, operationName = "", startTime, duration, tags = [] }) => {
      const { serviceName = "", tags: inherited = [] } = processes[processID] ?? {};
      const all = [...inherited, ...tags].map(({ key, value }) => [key, oneLine(String(value))]);
      const [service, operation] = [serviceName, String(operationName)].map((name) => oneLine(name)) as [string, string];
      const times = { startUs: microseconds(startTime), durationUs: microseconds(duration) };
      return { service, operation, ...times, tags: Object.fromEntries(all) as Span["tags"] };
    }),
  );
}

/** 0 for what is no time: nothing is judged by it. */
function microseconds(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}
