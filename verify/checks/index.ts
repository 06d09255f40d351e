import type { Check } from "./check";
import { control } from "./control";
import { pinning } from "./pinning";
import { redis } from "./redis";
import { traces } from "./traces";

/** Every check, in the order in which they are reported. */
export const checks: readonly Check[] = [control, pinning, redis, traces];

export const checkIds: readonly string[] = checks.map(({ id }) => id);
