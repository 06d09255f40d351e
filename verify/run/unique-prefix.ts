import { randomBytes } from "node:crypto";

/** A session prefix that no earlier run has used. */
export function uniquePrefix(): string {
  return `${randomBytes(4).toString("hex")}-`;
}
