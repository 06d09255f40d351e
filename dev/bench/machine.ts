import { availableParallelism, totalmem } from "node:os";

/** When and where something was measured. */
export interface Stamp {
  /** The day, as `2026-01-31`. */
  readonly measuredOn: string;
  /** The machine in general words. */
  readonly machine: string;
}

/** The machine in general words. */
export function machine(): string {
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} cores, ${memory} GiB of memory, Node.js ${process.versions.node.split(".")[0]}, ${process.platform}`;
}

/** The stamp of what has been measured just now, on this machine. */
export function stamp(now = new Date()): Stamp {
  return { measuredOn: now.toISOString().slice(0, 10), machine: machine() };
}
