import { EventEmitter, once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { type Listening, listen, sendJson } from "../http";
import { type CollectedSpan, decodeSpans } from "./otlp-spans";

/** How long a span is waited for, in milliseconds. */
const LIMIT_MS = 10_000;

/**
 * A collector in this process: takes OTLP over HTTP, and answers `GET /api/traces/<id>` as Jaeger does,
 * so that one address serves as both the gateway's collector and the verifier's Jaeger.
 */
export class StartedCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly #byTrace = new Map<string, CollectedSpan[]>();
  readonly #arrivals = new EventEmitter();
  #listening: Listening | undefined;

  static async start(): Promise<StartedCollector> {
    const collector = new StartedCollector();
    collector.#listening = await listen(0, (request, response) => void collector.#answer(request, response));
    return collector;
  }

  /** `http://127.0.0.1:<port>`, for OTLP and for queries. */
  get url(): string {
    return `http://127.0.0.1:${this.#listening?.port}`;
  }

  /**
   * Waits until a span has arrived.
   *
   * @throws Error naming `what` and the spans that did arrive, after ten seconds
   */
  async waitFor(what: string, matches: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    const signal = AbortSignal.timeout(LIMIT_MS);
    for (;;) {
      const span = this.spans.find(matches);
      if (span !== undefined) return span;
      await once(this.#arrivals, "spans", { signal }).catch(() => {
        const seen = this.spans.map(({ service, name }) => `${service} ${name}`).join("; ");
        throw new Error(`${what} did not arrive within ${LIMIT_MS / 1000} s; seen: ${seen}`);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const server = this.#listening?.server;
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const traceId = /^\/api\/traces\/([0-9a-f]+)/.exec(request.url ?? "")?.[1];
    if (traceId !== undefined) return this.#answerTrace(traceId, response);
    for (const span of decodeSpans(await buffer(request))) {
      this.spans.push(span);
      this.#byTrace.set(span.traceId, [...(this.#byTrace.get(span.traceId) ?? []), span]);
    }
    this.#arrivals.emit("spans");
    response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
  }

  #answerTrace(traceID: string, response: ServerResponse): void {
    const found = this.#byTrace.get(traceID);
    if (found === undefined) return sendJson(response, 404, { data: null, errors: [{ code: 404, msg: "trace not found" }] });
    const spans = found.map(({ spanId, name, service, tags }) => ({
      traceID,
      spanID: spanId,
      operationName: name,
      processID: service,
      tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    }));
    const processes = Object.fromEntries(found.map(({ service }) => [service, { serviceName: service }]));
    sendJson(response, 200, { data: [{ traceID, spans, processes }], errors: null });
  }
}
