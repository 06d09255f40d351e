import { connectionProblem } from "../common/connection-problem";
import { oneLine, Unmeasurable } from "../common/errors";
import { safeUrl } from "../common/safe-url";
import { TooLate, within } from "../common/within";

export interface Span {
  readonly service: string;
  readonly operation: string;
  readonly tags: Readonly<Record<string, string>>;
}

const limitMs = 5_000;

/** Longest answer that is read, in bytes; a trace of one request has some kilobytes. */
const maxBodyBytes = 8 * 1024 * 1024;

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
    const { status, type, body } = await this.#get(`/api/traces/${traceId}`);
    if (status === 404) return [];
    if (status !== 200) throw new Unmeasurable(`${this.#name} answered HTTP ${status}`);
    try {
      return readTrace(JSON.parse(body) as JaegerAnswer);
    } catch {
      const what = type === "" || type === "application/json" ? "" : ` but with ${oneLine(type, 40)}`;
      throw new Unmeasurable(`${this.#name} did not answer in the format of Jaeger's query service (port 16686)${what}`);
    }
  }

  async #get(path: string): Promise<{ status: number; type: string; body: string }> {
    try {
      return await within(limitMs, this.#signal, async (signal) => {
        const response = await fetch(`${this.#base}${path}`, { signal });
        const type = response.headers.get("content-type")?.split(";")[0] ?? "";
        return { status: response.status, type, body: await textOf(response) };
      });
    } catch (error) {
      throw new Unmeasurable(`${this.#name} ${explain(error)}`);
    }
  }
}

/** @throws Error when it is too long */
async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | readonly never[] = response.body ?? [];
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new Error(`its answer is larger than ${maxBodyBytes / 1024 / 1024} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function explain(error: unknown): string {
  if (error instanceof TooLate) return `did not answer within ${limitMs / 1000} s`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const problem = connectionProblem(cause);
  return problem === "connection refused" ? "refused the connection" : `cannot be read: ${problem}`;
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
