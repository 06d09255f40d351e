/** A span as a collector sees it. */
export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first span of a trace. */
  readonly parentSpanId: string;
  readonly tags: Readonly<Record<string, string | number>>;
}

/** Reads the body of an OTLP over HTTP export (`ExportTraceServiceRequest`, opentelemetry-proto v1). */
export function decodeSpans(body: Buffer): CollectedSpan[] {
  return messages(decode(body), 1).flatMap((resourceSpans) => {
    const [resource = none] = messages(resourceSpans, 1);
    const service = String(attributes(resource, 1)["service.name"]);
    const spans = messages(resourceSpans, 2).flatMap((scopeSpans) => messages(scopeSpans, 2));
    return spans.map((span) => ({
      service,
      name: text(span, 5),
      traceId: text(span, 1, "hex"),
      spanId: text(span, 2, "hex"),
      parentSpanId: text(span, 4, "hex"),
      tags: attributes(span, 9),
    }));
  });
}

function attributes(message: Message, field: number): Record<string, string | number> {
  return Object.fromEntries(
    messages(message, field).map((keyValue) => {
      const [value = none] = messages(keyValue, 2);
      const [integer] = value.get(3) ?? [];
      return [text(keyValue, 1), typeof integer === "bigint" ? Number(integer) : text(value, 1)];
    }),
  );
}

const none: Message = new Map();

/** A decoded protobuf message: the values of each field, by field number. Nested messages stay bytes until asked for. */
type Message = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

function buffers(message: Message, field: number): Buffer[] {
  return (message.get(field) ?? []).filter((value) => typeof value !== "bigint");
}

function messages(message: Message, field: number): Message[] {
  return buffers(message, field).map(decode);
}

function text(message: Message, field: number, encoding: BufferEncoding = "utf8"): string {
  return buffers(message, field)[0]?.toString(encoding) ?? "";
}

/** @throws RangeError when the bytes are no protobuf message */
function decode(bytes: Buffer): Message {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  while (at < bytes.length) {
    const tag = Number(varint());
    const read = [varint, () => take(8), () => take(Number(varint())), undefined, undefined, () => take(4)][tag & 7];
    if (read === undefined) throw new RangeError(`wire type ${tag & 7} is not known`);
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), read()]);
  }
  return fields;
}
