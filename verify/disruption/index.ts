export { faultRights, faultsOf } from "./faults";
export { defaultLimits, type Limits } from "./limits";
export { scaleRights, scalingOf } from "./scaling";
export { conductTrial, prepare } from "./trial";
