import { Message } from "./protobuf";

/** A span as a collector sees it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly startedAtMicros: number;
  readonly durationMicros: number;
  readonly tags: Readonly<Record<string, string | number>>;
}

/** Reads the body of an OTLP over HTTP export (`ExportTraceServiceRequest`, opentelemetry-proto v1). */
export function decodeSpans(body: Buffer): CollectedSpan[] {
  return new Message(body).messages(1).flatMap((resourceSpans) => {
    const service = String(attributes(resourceSpans.messages(1)[0]?.messages(1) ?? [])["service.name"]);
    const spans = resourceSpans.messages(2).flatMap((scopeSpans) => scopeSpans.messages(2));
    return spans.map((span) => decodeSpan(service, span));
  });
}

function decodeSpan(service: string, span: Message): CollectedSpan {
  const [start, end] = [span.fixed64(7), span.fixed64(8)];
  return {
    service,
    name: span.text(5),
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentSpanId: span.hex(4),
    startedAtMicros: Number(start / 1000n),
    durationMicros: Number((end - start) / 1000n),
    tags: attributes(span.messages(9)),
  };
}

function attributes(keyValues: readonly Message[]): Record<string, string | number> {
  return Object.fromEntries(
    keyValues.map((keyValue) => {
      const value = keyValue.messages(2)[0];
      return [keyValue.text(1), value?.integer(3) ?? value?.text(1) ?? ""];
    }),
  );
}
