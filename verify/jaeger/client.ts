import { oneLine, reasonOf, Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";

export interface Span {
  /** e.g. `plano(llm)`. */
  readonly service: string;
  readonly operation: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Limit of one query, in milliseconds. */
const limitMs = 5_000;

/** Reads single traces from a Jaeger query service (`GET /api/traces/<id>`, Jaeger 1.x and 2.x). */
export class JaegerClient {
  readonly #base: string;
  readonly #name: string;
  readonly #signal: AbortSignal;

  constructor(url: string, signal: AbortSignal) {
    this.#base = url.replace(/\/+$/, "");
    this.#name = `Jaeger at ${safeUrl(url)}`;
    this.#signal = signal;
  }

  /** Spans of the trace, none while Jaeger does not know it. @throws Unmeasurable */
  async spans(traceId: string): Promise<Span[]> {
    const { status, body } = await this.#get(`/api/traces/${traceId}`);
    if (status === 404) return [];
    if (status !== 200) throw new Unmeasurable(`${this.#name} answered HTTP ${status}`);
    try {
      return readTrace(JSON.parse(body) as JaegerAnswer);
    } catch {
      throw new Unmeasurable(`${this.#name} did not answer in Jaeger's format`);
    }
  }

  async #get(path: string): Promise<{ status: number; body: string }> {
    try {
      const response = await fetch(`${this.#base}${path}`, {
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(limitMs)]),
      });
      return { status: response.status, body: await response.text() };
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      const refused = /ECONNREFUSED/.test(reasonOf(cause));
      throw new Unmeasurable(
        `${this.#name} ${refused ? "refused the connection" : `cannot be read: ${oneLine(reasonOf(cause), 120)}`}`,
      );
    }
  }
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
        tags: Object.fromEntries(all.map(({ key, value }) => [key, String(value)])),
      };
    }),
  );
}
