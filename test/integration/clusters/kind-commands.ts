import assert from "node:assert/strict";
import { nodeImage } from "../../../clusters/kind/config";
import { type FakeNode, KindMachine } from "./kind-machine";

/** The stack's own cluster. */
export const request = { name: "demo", joined: false, owner: "plano-affinity/dev", ownerFolder: "/checkout" };

/** The node of a cluster of that name that somebody else made. */
export const others: FakeNode = { cluster: "demo", id: "theirs", running: true, ports: {} };

/** The commands that the provider gives. */
export const ps = "docker ps --all --quiet --no-trunc --filter label=io.x-k8s.kind.cluster=demo";
export const inspect = (id: string): string => `docker inspect --type container ${id}`;
export const create = `kind create cluster --name demo --config - --image ${nodeImage} --wait 180s --kubeconfig TMP/kubeconfig`;
export const remove = "kind delete cluster --name demo --kubeconfig TMP/kubeconfig";
export const kubeconfig = "kind get kubeconfig --name demo";
export const ready =
  "docker exec demo-control-plane kubectl --kubeconfig=/etc/kubernetes/admin.conf wait --for=condition=Ready nodes --all --timeout=5s";

/** A machine on which the stack has made its cluster. */
export async function withCluster(): Promise<{ machine: KindMachine; made: Record<string, unknown>; id: string }> {
  const machine = await KindMachine.make();
  const { code, outputs, message } = await machine.operate("create", request);
  assert.equal(code, 0, message);
  await machine.forgetCalls();
  return { machine, made: { ...request, ...outputs }, id: String(outputs["clusterId"]) };
}
