const factors: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * The number that a Kubernetes quantity stands for: `250m` is 0.25, `1Gi` is 1073741824.
 *
 * @throws Error for anything else
 */
export function quantity(text: string | number): number {
  const match = /^([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(text).trim());
  const factor = factors[match?.[2] ?? ""];
  if (match === null || factor === undefined) throw new Error(`"${text}" is not a quantity`);
  return Number(match[1]) * factor;
}

/** Bytes of each unit of redis.conf, in any case. */
const redisFactors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  kb: 2 ** 10,
  m: 1e6,
  mb: 2 ** 20,
  g: 1e9,
  gb: 2 ** 30,
};

/**
 * The bytes that a size in redis.conf stands for: `1k` is 1000, `1KB` is 1024.
 *
 * @throws Error for anything else
 */
export function redisBytes(text: string): number {
  const match = /^(\d+)([a-z]*)$/i.exec(text);
  const factor = redisFactors[match?.[2]?.toLowerCase() ?? ""];
  if (match === null || factor === undefined) throw new Error(`"${text}" is not a size of redis.conf`);
  return Number(match[1]) * factor;
}
