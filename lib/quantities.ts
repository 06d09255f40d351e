/** Powers of 1000, and with an `i` of 1024. */
const prefixes = ["", "k", "M", "G", "T", "P", "E"];
const factors = new Map([
  ...[..."num"].map((it, i) => [it, 1000 ** (i - 3)] as const),
  ...prefixes.map((it, i) => [it, 1000 ** i] as const),
  ...prefixes.slice(1).map((it, i) => [`${it.toUpperCase()}i`, 1024 ** (i + 1)] as const),
]);

/** The number that a Kubernetes quantity stands for: `250m` is 0.25, `1Gi` is 1073741824. @throws Error for anything else */
export function quantity(text: string | number): number {
  const match = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text).trim());
  const factor = factors.get(match?.[2] ?? "");
  if (match === null || factor === undefined) throw new Error(`"${text}" is not a quantity`);
  return Number(match[1]) * factor;
}

/** Bytes of each unit of redis.conf, in any case. */
const redisFactors = new Map(["", "k", "m", "g"].flatMap((it, i) => [[it, 1000 ** i] as const, [`${it}b`, 1024 ** i] as const]));

/** The bytes that a size in redis.conf stands for: `1k` is 1000, `1KB` is 1024. @throws Error for anything else */
export function redisBytes(text: string): number {
  const match = /^(\d+)([a-z]*)$/i.exec(text);
  const factor = redisFactors.get(match?.[2]?.toLowerCase() ?? "");
  if (match === null || factor === undefined) throw new Error(`"${text}" is not a size of redis.conf`);
  return Number(match[1]) * factor;
}
