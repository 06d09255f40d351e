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
  return new Message(body).messages(1).flatMap((resourceSpans) => {
    const service = String(attributes(resourceSpans.messages(1)[0]?.messages(1) ?? [])["service.name"]);
    const spans = resourceSpans.messages(2).flatMap((scopeSpans) => scopeSpans.messages(2));
    return spans.map((span) => ({
      service,
      name: span.text(5),
      traceId: span.text(1, "hex"),
      spanId: span.text(2, "hex"),
      parentSpanId: span.text(4, "hex"),
      tags: attributes(span.messages(9)),
    }));
  });
}

function attributes(keyValues: readonly Message[]): Record<string, string | number> {
  return Object.fromEntries(
    keyValues.map((keyValue) => {
      const value = keyValue.messages(2)[0];
      return [keyValue.text(1), value?.integer(3) ?? value?.text(1) ?? ""];
    }),
  );
}

/** A decoded protobuf message: the values of each field, by field number. Nested messages stay bytes until asked for. */
class Message {
  readonly #fields = new Map<number, (bigint | Buffer)[]>();

  /** @throws RangeError when the bytes are no protobuf message */
  constructor(bytes: Buffer) {
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
      const value = [varint, () => take(8), () => take(Number(varint())), undefined, undefined, () => take(4)][tag & 7];
      if (value === undefined) throw new RangeError(`wire type ${tag & 7} is not known`);
      this.#fields.set(tag >> 3, [...(this.#fields.get(tag >> 3) ?? []), value()]);
    }
  }

  messages(field: number): Message[] {
    return this.#buffers(field).map((bytes) => new Message(bytes));
  }

  text(field: number, encoding: BufferEncoding = "utf8"): string {
    return this.#buffers(field)[0]?.toString(encoding) ?? "";
  }

  /** A varint field's value; `undefined` where the field is absent. */
  integer(field: number): number | undefined {
    const value = this.#fields.get(field)?.[0];
    return typeof value === "bigint" ? Number(value) : undefined;
  }

  #buffers(field: number): Buffer[] {
    return (this.#fields.get(field) ?? []).filter((value) => typeof value !== "bigint");
  }
}
