export { type ClusterDefaults, settleByCluster } from "./by-cluster";
export type { IngressSettings } from "./ingress";
export { loadSettings } from "./load";
export type { ProofSettings } from "./proof";
export { type ConfigSource, stackConfig } from "./source";
export type { Settings } from "./table";
