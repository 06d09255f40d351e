export { type ClusterDefaults, settleByCluster } from "./by-cluster";
export type { IngressSettings } from "./ingress";
export { loadSettings, stackConfig } from "./load";
export type { ProofSettings } from "./proof";
export type { Settings } from "./table";
