import type { V1Pod, V1Service } from "@kubernetes/client-node" with { "resolution-mode": "import" };
import { hostInUrl } from "../../../lib/net";
import { Unmeasurable } from "../../common/errors";
import type { KubernetesTarget } from "../../options";
import { Cluster } from "../../targets/cluster";

/** Where Plano's model listener is. */
const gatewayPort = 12_000;

/** Finds the address of the Service in front of the gateway's pods. @throws Unmeasurable */
export async function findService(target: KubernetesTarget, signal: AbortSignal): Promise<string> {
  using cluster = await Cluster.connect(target, signal);
  const services = await cluster.api.list<V1Service>("Service");
  return serviceUrl(services, await cluster.api.list<V1Pod>("Pod", { labelSelector: target.selector }), target.namespace);
}

/**
 * Pure: the address of the Service that selects the pods.
 * @throws Unmeasurable
 */
export function serviceUrl(services: readonly V1Service[], pods: readonly V1Pod[], namespace: string): string {
  const labels = pods[0]?.metadata?.labels ?? {};
  const selecting = services.filter(({ spec }) => {
    const wanted = Object.entries(spec?.selector ?? {});
    return wanted.length > 0 && wanted.every(([label, value]) => labels[label] === value);
  });
  const [address] = selecting.flatMap((service) => {
    const port = service.spec?.ports?.find((it) => it.port === gatewayPort);
    return (port && addressOf(service, port, pods)) ?? [];
  });
  if (address !== undefined) return address;
  const wanted = `leads from outside of the cluster to port ${gatewayPort} of the pods`;
  throw new Unmeasurable(`no Service in namespace ${namespace} ${wanted}: name an address with --url, e.g. of an ingress`);
}

type Port = NonNullable<NonNullable<V1Service["spec"]>["ports"]>[number];

function addressOf({ spec, status }: V1Service, { port, nodePort }: Port, pods: readonly V1Pod[]): string | undefined {
  const [ingress] = status?.loadBalancer?.ingress ?? [];
  const balancer = ingress?.hostname ?? ingress?.ip;
  if (spec?.type === "LoadBalancer" && balancer !== undefined) return `http://${hostInUrl(balancer)}:${port}`;
  const node = pods.find((pod) => pod.status?.hostIP !== undefined)?.status?.hostIP;
  return nodePort === undefined || node === undefined ? undefined : `http://${hostInUrl(node)}:${nodePort}`;
}
