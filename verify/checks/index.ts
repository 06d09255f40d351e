import { checkIds as ids, type CheckId } from "../check-ids";
import type { Check } from "./check";
import { control } from "./control";
import { expiry } from "./expiry";
import { faults } from "./faults";
import { pinning } from "./pinning";
import { race } from "./race";
import { redis } from "./redis";
import { scale } from "./scale";
import { traces } from "./traces";

const byId: { readonly [id in CheckId]: Check } = { control, pinning, redis, traces, race, expiry, scale, faults };

export const checkIds: readonly string[] = ids;

/** Every check, in the order in which they are reported. */
export const checks: readonly Check[] = ids.map((id) => byId[id]);
