export { pinLimits, type PinTerms, pinTerms } from "./pins";
export { type PinKind, planoReleases, releaseOf } from "./releases";
