import type { IngressSettings } from "../../settings";
import { manifest } from "../manifest";
import { appNames, ports } from "../names";
import { metadataOf, type Place } from "../workload";

/** Whether clients of the route use https. */
function usesTls({ tls, tlsSecret }: IngressSettings): boolean {
  return tls ?? tlsSecret !== undefined;
}

/** The URL under which an Ingress or HTTPRoute offers the gateway; undefined without one. */
export function routeUrl(ingress: IngressSettings): string | undefined {
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
