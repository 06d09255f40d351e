import { checkIds, type CheckId } from "../check-ids";
import type { Check } from "../run/check";
import { control } from "./control";
import { faultsWithin, scaleWithin } from "./disruptive";
import { expiry } from "./expiry";
import { frontDoor } from "./front-door";
import { pinning } from "./pinning";
import { race } from "./race";
import { redis } from "./redis";
import { traces } from "./traces";

const byId: { readonly [id in CheckId]: Check } = {
  ...{ control, pinning, redis, traces, race, expiry },
  ...{ scale: scaleWithin(), faults: faultsWithin(), "front-door": frontDoor },
};

/** Those of a run through a load balancer. */
export const frontDoorChecks: readonly Check[] = [control, frontDoor, redis];

/** Every other check, in the order of the reports. */
export const checks: readonly Check[] = checkIds.map((id) => byId[id]);

/** Headings of the checks in the HTML report, by id. */
export const checkTitles: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...checks, frontDoor].map(({ id, title }) => [id, title])),
  smoke: "Requests are answered",
};
