export { renderManifests, type JobOptions } from "./plan";
export { readProgram, type Program } from "./program";
export { runInCluster, type InClusterOutcome } from "./run-in-cluster";
