import { faults } from "./faults";
import { scaling } from "./scaling";
import type { Disturbance } from "./stage";

export { faultRights, faults } from "./faults";
export { scaleRights, scaling } from "./scaling";
export { defaultLimits, type Limits } from "./stage";
export { disruptiveCheck, prepare } from "./trial";

/** All disturbances, in the order in which help texts name them. */
export const disturbances: readonly Disturbance[] = [...faults, ...scaling];
