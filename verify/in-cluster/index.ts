export { renderManifests } from "./manifests";
export type { JobOptions } from "./job-options";
export { readProgram, type Program } from "./program";
export { runInCluster, type InClusterOutcome } from "./run-in-cluster";
