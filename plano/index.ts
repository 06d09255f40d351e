export { models, type PlanoConfigArgs, type PlanoPeers, priceListPath, renderPlanoConfig } from "./config";
export { pinLimits, type PinTerms, pinTerms } from "./pins";
export { type PinKind, planoReleases, releaseOf } from "./releases";
