export { renderManifests } from "./print";
export { readProgram, type Program } from "./program";
export { runInCluster, type InClusterOutcome } from "./run-in-cluster";
