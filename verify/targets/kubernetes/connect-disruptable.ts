import { ApiServer } from "../../in-cluster/api";
import type { KubernetesTarget } from "../../options";
import type { Disruptable } from "../disruptable";
import { loadKubeConfig } from "../kube-config";
import { KubernetesDisruptable, type Ways } from "./kubernetes-disruptable";
import { NamespaceApi } from "./namespace-api";
import { findWorkload } from "./workload";

/**
 * Finds what may be disturbed. Changes nothing.
 * @throws Unmeasurable when it is not certain what that is, or the API server refuses
 */
export async function connectDisruptable(
  target: KubernetesTarget,
  scales: boolean,
  ways: Ways,
  signal: AbortSignal,
): Promise<Disruptable> {
  const { namespace, selector, redis } = target;
  const config = await loadKubeConfig(target);
  const api = new NamespaceApi(await ApiServer.connect(target), namespace, signal);
  const context = config.getCurrentContext();
  const workload = await findWorkload(api, {
    server: config.getCurrentCluster()?.server ?? "unknown",
    context: context === "" || context === "inClusterContext" ? undefined : context,
    namespace,
    selector,
    redis,
    scales,
    redisMaster: ways.redisMaster,
  });
  return new KubernetesDisruptable(api, workload, { gateway: selector, redis }, ways);
}
