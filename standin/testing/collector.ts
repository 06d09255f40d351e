import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { waitFor } from "../../lib/wait";
import { type Listening, listen, sendJson } from "../http";
import { type CollectedSpan, decodeSpans } from "./otlp-spans";

/** Starts a {@link StartedCollector}. */
export async function startCollector(): Promise<StartedCollector> {
  const collector: StartedCollector = new StartedCollector(await listen(0, (...exchange) => void collector.answer(...exchange)));
  return collector;
}

/**
 * A collector in this process: takes OTLP over HTTP, and answers `GET /api/traces/<id>` as Jaeger does,
 * so that one address serves as both the gateway's collector and the verifier's Jaeger.
 */
export class StartedCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  readonly #byTrace = new Map<string, CollectedSpan[]>();

  constructor(private readonly listening: Listening) {}

  /** `http://127.0.0.1:<port>`, for OTLP and for queries. */
  get url(): string {
    return `http://127.0.0.1:${this.listening.port}`;
  }

  /**
   * Waits until a span has arrived.
   *
   * @throws Error naming `what` and the spans that did arrive, after ten seconds
   */
  waitFor(what: string, matches: (span: CollectedSpan) => boolean): Promise<CollectedSpan> {
    return waitFor({ subject: what, limitMs: 10_000, intervalMs: 20 }, () => {
      const span = this.spans.find(matches);
      if (span === undefined) throw new Error(this.spans.map(({ service, name }) => `${service} ${name}`).join("; "));
      return span;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { server } = this.listening;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const traceId = /^\/api\/traces\/([0-9a-f]+)/.exec(request.url ?? "")?.[1];
    if (traceId !== undefined) return this.#answerTrace(traceId, response);
    for (const span of decodeSpans(await buffer(request))) {
      this.spans.push(span);
      this.#byTrace.set(span.traceId, [...(this.#byTrace.get(span.traceId) ?? []), span]);
    }
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
