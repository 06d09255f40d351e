import type { ClusterDefaults, IngressSettings } from "../../settings";
import { type Manifest, manifest } from "../manifest";
import { appNames, nodePorts, ports } from "../names";
import type { PlanoStackArgs } from "../plano-stack-args";
import type { Place } from "../pod";
import { metadataOf, service } from "../workload";
import { type Address, httpUrl, throughPortForward } from "./address";

type ServiceType = ClusterDefaults["serviceType"];

/** Seconds that a load balancer has to get its address; both kubernetes plugins obey the annotation. */
const loadBalancerLimitSeconds = 300;

/** The gateway's Service. */
export function gatewayService(
  place: Place,
  type: ServiceType,
  further: { readonly [name: string]: number } = {},
): Manifest<"Service"> {
  const limit = type === "LoadBalancer" ? { "pulumi.com/timeoutSeconds": String(loadBalancerLimitSeconds) } : undefined;
  const port = { name: "http", port: ports.gateway, targetPort: "http" };
  const { gateway } = appNames;
  const others = Object.entries(further).map(([name, number]) => ({ name, port: number, targetPort: name }));
  const exposed = [type === "NodePort" ? { ...port, nodePort: nodePorts.gateway } : port, ...others];
  return service(metadataOf(place, gateway, gateway, limit), gateway, {}, { type, ports: exposed });
}

/** What decides where clients reach the gateway. */
export interface GatewayPlace extends Required<Pick<PlanoStackArgs, "serviceType" | "ingress">>, Pick<PlanoStackArgs, "kubectl"> {
  readonly namespace: string;
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

/** Whether clients of the route use https. */
function usesTls({ tls, tlsSecret }: IngressSettings): boolean {
  return tls ?? tlsSecret !== undefined;
}

/** The URL under which an Ingress or HTTPRoute offers the gateway; undefined without one. */
function routeUrl(ingress: IngressSettings): string | undefined {
  if (ingress.kind === "none" || ingress.host === undefined) return undefined;
  return `${usesTls(ingress) ? "https" : "http"}://${ingress.host}`;
}

/**
 * The Ingress, or the HTTPRoute with the Gateway that it needs, which lead to the gateway's Service under a name.
 *
 * Nothing waits for them: not every controller reports an address, and the name is what clients use.
 */
export function routeObjects(place: Place, ingress: IngressSettings) {
  const unawaited = { ...ingress.annotations, "pulumi.com/skipAwait": "true" };
  const metadata = metadataOf(place, appNames.gateway, appNames.gateway, unawaited);
  const own = ingress.kind === "HTTPRoute" && ingress.gateway === undefined;
  return {
    ...(ingress.kind === "Ingress" && { ingress: manifest("Ingress", metadata, { spec: ingressSpec(ingress) }) }),
    ...(own && { gateway: manifest("Gateway", metadata, { spec: gatewaySpec(ingress) }) }),
    ...(ingress.kind === "HTTPRoute" && { "http-route": manifest("HTTPRoute", metadata, { spec: routeSpec(ingress) }) }),
  };
}

function ingressSpec(ingress: IngressSettings) {
  const { host, className, tlsSecret } = ingress;
  const backend = { service: { name: appNames.gateway, port: { name: "http" } } };
  return {
    ingressClassName: className,
    rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    // Without a secret the controller's own certificate serves.
    tls: usesTls(ingress) ? [{ hosts: [host ?? ""], secretName: tlsSecret }] : undefined,
  };
}

function routeSpec({ host, gateway = appNames.gateway }: IngressSettings) {
  const [first = "", second] = gateway.split("/");
  return {
    parentRefs: [second === undefined ? { name: first } : { namespace: first, name: second }],
    hostnames: [host],
    rules: [{ backendRefs: [{ name: appNames.gateway, port: ports.gateway }] }],
  };
}

function gatewaySpec(ingress: IngressSettings) {
  const { host: hostname, className, tlsSecret } = ingress;
  const listener = usesTls(ingress)
    ? { name: "https", protocol: "HTTPS", port: 443, hostname, tls: { certificateRefs: [{ name: tlsSecret }] } }
    : { name: "http", protocol: "HTTP", port: 80, hostname };
  return { gatewayClassName: className, listeners: [listener] };
}
