import { createHash } from "node:crypto";

/** A short fingerprint for a pod annotation: when what a pod mounts or reads at start changes, so does the pod. */
export function checksum(...contents: string[]): string {
  return createHash("sha256").update(JSON.stringify(contents)).digest("hex").slice(0, 16);
}
