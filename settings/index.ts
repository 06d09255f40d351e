export { type ClusterDefaults, settleByCluster } from "./by-cluster";
export type { IngressSettings } from "./ingress";
export type { ProofSettings } from "./proof";
export { loadSettings, type Settings } from "./settings";
export { type ConfigSource, stackConfig } from "./source";
