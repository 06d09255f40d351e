/** Milliseconds for people: `35 ms`, `1.8 s`, `600 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  return `${seconds < 100 && !Number.isInteger(seconds) ? seconds.toFixed(1) : Math.round(seconds)} s`;
}
