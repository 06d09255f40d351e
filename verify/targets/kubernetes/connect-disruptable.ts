import { podContext } from "../../../lib/kubernetes/client-node";
import type { KubernetesTarget } from "../../options";
import type { ApiServer } from "../api-server";
import type { Disruptable } from "../disruptable";
import { KubernetesDisruptable, type Ways } from "./kubernetes-disruptable";
import { NamespaceApi } from "./namespace-api";
import { findWorkload } from "./workload";

/**
 * Finds what may be disturbed. Changes nothing.
 * @throws Unmeasurable when it is not certain what that is, or the API server refuses
 */
export async function connectDisruptable(
  server: ApiServer,
  target: KubernetesTarget,
  scales: boolean,
  ways: Ways,
  signal: AbortSignal,
): Promise<Disruptable> {
  const { namespace, selector, redis } = target;
  const api = new NamespaceApi(server, namespace, signal);
  const context = server.config.getCurrentContext();
  const workload = await findWorkload(api, {
    server: server.address,
    context: context === "" || context === podContext ? undefined : context,
    namespace,
    selector,
    redis,
    scales,
    redisMaster: ways.redisMaster,
  });
  return new KubernetesDisruptable(api, workload, { gateway: selector, redis }, ways);
}
