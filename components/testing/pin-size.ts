/** What the size of a pin in Redis depends on; lengths in bytes. */
export interface PinShape {
  /** Length of session ids. */
  readonly sessionId: number;
  /** Length of the tenant's name; undefined: the deployment has no tenants. */
  readonly tenant?: number;
  /** Length of the value. */
  readonly value: number;
}

/** Length of `{"model_name":"openai/gpt-4o-mini","route_name":"fast_responses"}`, as Plano 0.4.27 writes it. */
export const usualValue = 65;

/** `plano:affinity:` in front of every key. */
const keyPrefix = 15;

/** A server without keys, and what its clients' buffers may take. Measured empty: 0.9 MiB. */
const serverBytes = 2 * 2 ** 20;

/** A redisObject, a slot of a hash table, and an entry of one (Redis 7.0, 64 bits). */
const [objectBytes, slotBytes, entryBytes] = [16, 8, 24];

/** The longest string that shares the allocation of its object. */
const embeddedLimit = 44;

/**
 * Bytes that one pin takes in Redis' memory, without its share of the hash tables: its key, its value, its entry among
 * the keys and its entry among the lives.
 *
 * Source: sds.h, dict.h and object.c of Redis 7.0, and jemalloc's size classes with a quantum of 16. The jemalloc that
 * Redis brings along has finer classes, so there a pin takes up to 15 % less.
 */
export function pinBytes({ sessionId, tenant, value }: PinShape): number {
  const key = keyPrefix + (tenant === undefined ? 0 : tenant + 1) + sessionId;
  const stored =
    value <= embeddedLimit ? allocated(objectBytes + 3 + value + 1) : allocated(objectBytes) + allocated(stringBytes(value));
  return allocated(stringBytes(key)) + stored + 2 * allocated(entryBytes);
}

/**
 * Bytes of the two hash tables, keys and lives. They double when they are full, and for a while the old ones stay.
 *
 * @param growing whether the old ones are still there
 */
export function tableBytes(pins: number, growing: boolean): number {
  const slots = 2 ** Math.max(2, Math.ceil(Math.log2(pins)));
  return 2 * slotBytes * (growing ? slots + slots / 2 : slots);
}

/** Pins that live at the same time in a `maxmemory` before Redis begins to evict, whatever the tables are doing. */
export function pinsIn(maxBytes: number, shape: PinShape): number {
  const each = pinBytes(shape);
  let [fits, tooMany] = [0, Math.ceil(maxBytes / each) + 1];
  while (tooMany - fits > 1) {
    const pins = Math.floor((fits + tooMany) / 2);
    if (serverBytes + pins * each + tableBytes(pins, true) <= maxBytes) fits = pins;
    else tooMany = pins;
  }
  return fits;
}

/** A string with its header and its final zero. */
function stringBytes(length: number): number {
  const header = length < 32 ? 1 : length < 2 ** 8 ? 3 : length < 2 ** 16 ? 5 : 9;
  return header + length + 1;
}

/** What the allocator sets aside: multiples of 16 up to 128, then four sizes to each doubling. */
function allocated(bytes: number): number {
  const step = bytes <= 128 ? 16 : 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
