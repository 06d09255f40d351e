/** A decoded protobuf message: the values of each field, by field number. Nested messages stay bytes until asked for. */
export class Message {
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
    const take = (length: number): Buffer => {
      if (at + length > bytes.length) throw new RangeError("the message is truncated");
      return bytes.subarray(at, (at += length));
    };
    while (at < bytes.length) {
      const tag = Number(varint());
      const value = [varint, () => take(8), () => take(Number(varint())), undefined, undefined, () => take(4)][tag & 7];
      if (value === undefined) throw new RangeError(`wire type ${tag & 7} is not known`);
      this.#fields.set(tag >> 3, [...this.#all(tag >> 3), value()]);
    }
  }

  messages(field: number): Message[] {
    return this.#buffers(field).map((bytes) => new Message(bytes));
  }

  text(field: number): string {
    return this.#buffers(field)[0]?.toString("utf8") ?? "";
  }

  hex(field: number): string {
    return this.#buffers(field)[0]?.toString("hex") ?? "";
  }

  /** A varint field's value; `undefined` where the field is absent. */
  integer(field: number): number | undefined {
    const value = this.#all(field)[0];
    return typeof value === "bigint" ? Number(value) : undefined;
  }

  /** A fixed64 field's value; 0 where the field is absent. */
  fixed64(field: number): bigint {
    return this.#buffers(field)[0]?.readBigUInt64LE() ?? 0n;
  }

  #all(field: number): (bigint | Buffer)[] {
    return this.#fields.get(field) ?? [];
  }

  #buffers(field: number): Buffer[] {
    return this.#all(field).filter((value) => typeof value !== "bigint");
  }
}
