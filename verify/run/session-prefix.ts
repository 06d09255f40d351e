import { randomBytes } from "node:crypto";
import type { VerifyOptions } from "../options";

/**
 * What the ids of sessions begin with: the user's choice, else one that no earlier run has used.
 * @param of tells the sessions of one check from those of the others, e.g. `race-`
 */
export function sessionPrefix({ sessionPrefix }: Pick<VerifyOptions, "sessionPrefix">, of = ""): string {
  return `${sessionPrefix ?? `${randomBytes(4).toString("hex")}-`}${of}`;
}
