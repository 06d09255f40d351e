import { type Attributes, ROOT_CONTEXT, type Span, type SpanContext, trace, TraceFlags } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import { ownCopy } from "../http";

/** How long a span may wait for others to share its export, in milliseconds. */
const BATCH_DELAY_MS = 500;

/** How many spans of a service may wait, about 4 KB each; more are dropped. Three seconds of what one replica can serve. */
const MAX_WAITING_SPANS = 5_000;

/** How long the last export may take when the process ends, in milliseconds. */
const FLUSH_LIMIT_MS = 2_000;

/** The services that Plano 0.4.27 reports under; one tracer provider each, for a service name belongs to a provider. */
const SERVICES = { llm: "plano(llm)", routing: "plano(routing)" } as const;

export type Service = keyof typeof SERVICES;

export interface TracingOptions {
  /** Share of traces kept, 0 to 1, where the caller has not decided. */
  readonly samplingRatio: number;
  /** The collector's OTLP over HTTP address. */
  readonly url: string;
}

/** Makes the gateway's spans and exports them; without options spans have ids and go nowhere. */
export class Traces implements AsyncDisposable {
  readonly #providers: Record<Service, BasicTracerProvider>;

  constructor(options: TracingOptions | undefined) {
    this.#providers = { llm: provider(SERVICES.llm, options), routing: provider(SERVICES.routing, options) };
  }

  /** Starts a span, under `parent` where there is one. */
  start(service: Service, name: string, parent: SpanContext | undefined, attributes: Attributes): Span {
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    return this.#providers[service].getTracer("brightstaff").startSpan(name, { attributes }, context);
  }

  /** Exports what is left, for at most two seconds; spans that a dead collector does not take are given up. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = new Promise((resolve) => setTimeout(resolve, FLUSH_LIMIT_MS).unref());
    const flushed = Promise.allSettled(Object.values(this.#providers).map((each) => each.shutdown()));
    await Promise.race([flushed, limit]);
  }
}

function provider(service: string, options: TracingOptions | undefined): BasicTracerProvider {
  const resource = resourceFromAttributes({ "service.name": service });
  if (options === undefined) return new BasicTracerProvider({ resource, sampler: new AlwaysOffSampler() });
  return new BasicTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.samplingRatio) }),
    spanProcessors: [
      new BatchSpanProcessor(new OTLPTraceExporter({ url: options.url }), {
        scheduledDelayMillis: BATCH_DELAY_MS,
        maxQueueSize: MAX_WAITING_SPANS,
      }),
    ],
  });
}

/** Where spans go over HTTP, by the collector's gRPC endpoint: its `/v1/traces`, and port 4318 for 4317; undefined for no URL. */
export function otlpTracesUrl(grpcEndpoint: string): string | undefined {
  if (!grpcEndpoint.startsWith("http://") || !URL.canParse(grpcEndpoint)) return undefined;
  const url = new URL(grpcEndpoint);
  if (url.pathname !== "/") return undefined;
  if (url.port === "4317") url.port = "4318";
  url.pathname = "/v1/traces";
  return url.href;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

/** Reads a `traceparent` header (W3C Trace Context); a request without a good one starts a trace of its own. */
export function parseTraceparent(header: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(header ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return { traceId: ownCopy(traceId), spanId: ownCopy(spanId), traceFlags, isRemote: true };
}

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}
