export { type PinKind, pinLimits, type PinTerms, pinTerms, planoReleases, releaseOf } from "./releases";
