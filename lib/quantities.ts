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
