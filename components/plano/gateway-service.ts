import type { IngressSettings } from "../../settings";
import { type Address, httpUrl, throughPortForward } from "./address";
import { routeUrl } from "./gateway-route";
import type { Manifest } from "../manifest";
import { appNames, nodePorts, ports } from "../names";
import { metadataOf, type Place, service } from "../workload";

/** How the gateway's Service is exposed. */
export type ServiceType = "NodePort" | "LoadBalancer" | "ClusterIP";

/** Seconds that a load balancer has to get its address; both kubernetes plugins obey the annotation. */
const loadBalancerLimitSeconds = 300;

/** The gateway's Service. */
export function gatewayService(place: Place, type: ServiceType): Manifest<"Service"> {
  const limit = type === "LoadBalancer" ? { "pulumi.com/timeoutSeconds": String(loadBalancerLimitSeconds) } : undefined;
  const port = { name: "http", port: ports.gateway, targetPort: "http" };
  const { gateway } = appNames;
  return service(
    metadataOf(place, gateway, gateway, limit),
    gateway,
    {},
    {
      type,
      ports: [type === "NodePort" ? { ...port, nodePort: nodePorts.gateway } : port],
    },
  );
}

/** What decides where clients reach the gateway. */
export interface GatewayPlace {
  readonly serviceType: ServiceType;
  readonly ingress: IngressSettings;
  readonly namespace: string;
  /** kubectl with the options that reach the cluster. */
  readonly kubectl: string;
  /** Host or IP address of the load balancer; undefined: it has none yet. */
  readonly balancer: string | undefined;
  /** Host at which the NodePort answers; undefined: at none that is known. */
  readonly node: string | undefined;
}

/** Where clients reach the gateway from here; at worst through a tunnel, and then with the command that opens it. */
export function gatewayAddress({ serviceType, ingress, namespace, kubectl, balancer, node }: GatewayPlace): Address {
  const route = routeUrl(ingress);
  if (route !== undefined)
    return {
      url: route,
      advice: `let the name ${ingress.host ?? ""} lead to the address of the ${ingress.kind}'s controller, or wait until its controller has taken it up`,
    };
  if (serviceType === "LoadBalancer" && balancer !== undefined)
    return {
      url: httpUrl(balancer, ports.gateway),
      advice: "a new load balancer may need some minutes; on minikube keep `minikube tunnel` running",
    };
  if (serviceType === "NodePort" && node !== undefined)
    return {
      url: httpUrl(node, nodePorts.gateway),
      advice: `is port ${nodePorts.gateway} of the node open to this machine? Else: pulumi config set serviceType ClusterIP`,
    };
  return throughPortForward({ kubectl, namespace, service: appNames.gateway, port: ports.gateway });
}
