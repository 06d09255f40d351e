import { isObject } from "../../rpc/properties";
import { listAt, mapAt, textAt } from "../objects";
import { ready, waiting, type ReadinessRule } from "./readiness";

/** Something answers behind the service, and a load balancer has its address. */
export const service: ReadinessRule = {
  timeoutSeconds: 600,
  async check(object, client) {
    const type = textAt(object, "spec", "type") ?? "ClusterIP";
    if (type === "ExternalName") return ready("it is a name");
    if (type === "LoadBalancer" && listAt(object, "status", "loadBalancer", "ingress").length === 0) {
      return waiting(
        "the load balancer has no address yet. Only a cluster with a load balancer controller gives one: on minikube run " +
          "`minikube tunnel`, where there is none choose the type NodePort or ClusterIP",
      );
    }
    // Without a selector the endpoints are somebody else's; headless services may well start without any.
    const selected = Object.keys(mapAt(object, "spec", "selector")).length > 0;
    if (!selected || textAt(object, "spec", "clusterIP") === "None") return ready("it needs no endpoints");
    const slices = await client.list("discovery.k8s.io/v1", "EndpointSlice", textAt(object, "metadata", "namespace"), {
      labelSelector: `kubernetes.io/service-name=${textAt(object, "metadata", "name")}`,
    });
    const endpoints = slices.flatMap((slice) => listAt(slice, "endpoints")).filter(isObject);
    // Unset means ready: EndpointConditions, discovery.k8s.io/v1.
    const serving = endpoints.filter((endpoint) => mapAt(endpoint, "conditions")["ready"] !== false);
    if (serving.length > 0) return ready(`${serving.length} endpoints`);
    return waiting(endpoints.length === 0 ? "no pod matches its selector" : `none of its ${endpoints.length} pods is ready`);
  },
};
