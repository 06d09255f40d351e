export { models, type PlanoConfigArgs, type PlanoPeers, priceListPath, renderPlanoConfig } from "./config";
export { pinLimits, type PinTerms, pinTerms } from "./pins";
export { keepingRelease, type PinKind, type PlanoReleases, planoReleases, releaseOf } from "./releases";
