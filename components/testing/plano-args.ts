import type { PlanoArgs } from "../plano/plano";

/** Two to five replicas of the stand-in, inside the cluster only. */
export const planoArgs: PlanoArgs = {
  namespace: "demo",
  gateway: "standin",
  image: "standin:1",
  config: "version: v0.4.0\n",
  secretName: "plano-secrets",
  credentialsChecksum: "abc",
  minReplicas: 2,
  maxReplicas: 5,
  cpuTarget: 70,
  serviceType: "ClusterIP",
  nodeAddress: undefined,
};
