/** A part of the measurements that can be repeated without the others. */
export type Part = "verifier" | "growth" | "stack";

const parts: readonly Part[] = ["verifier", "growth", "stack"];

/** What `npm run bench` is asked for. */
export interface BenchRequest {
  /** `quick` writes nothing. */
  readonly size: "full" | "quick";
  /** What is measured; none: the page is written anew. */
  readonly parts: readonly Part[];
  /** File that `npm start -- --timings=FILE` has left. */
  readonly emptyCaches?: string;
}

export const benchUsage = `usage: npm run bench [-- quick | page | ${parts.join(" | ")} … | empty-caches=FILE]`;

/** Pure: reads the arguments. @returns undefined for such as are not known */
export function readBenchRequest(args: readonly string[]): BenchRequest | undefined {
  const [first = "", ...more] = args;
  if (args.length === 0) return { size: "full", parts };
  const wanted = parts.filter((it) => args.includes(it));
  if (wanted.length === args.length) return { size: "full", parts: wanted };
  if (more.length > 0) return undefined;
  if (first === "quick") return { size: "quick", parts: ["verifier", "growth"] };
  if (first === "page") return { size: "full", parts: [] };
  const [, emptyCaches] = /^empty-caches=(.+)$/.exec(first) ?? [];
  return emptyCaches === undefined ? undefined : { size: "full", parts: [], emptyCaches };
}
