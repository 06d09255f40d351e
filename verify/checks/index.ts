import type { Check } from "./check";
import { control } from "./control";
import { expiry } from "./expiry";
import { faults } from "./faults";
import { pinning } from "./pinning";
import { race } from "./race";
import { redis } from "./redis";
import { scale } from "./scale";
import { traces } from "./traces";

/** Every check, in the order in which they are reported. */
export const checks: readonly Check[] = [control, pinning, redis, traces, race, expiry, scale, faults];

export const checkIds: readonly string[] = checks.map(({ id }) => id);
