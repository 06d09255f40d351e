import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import * as networking from "@pulumi/kubernetes/networking/v1";
import type * as pulumi from "@pulumi/pulumi";
import type { IngressSettings } from "../../settings";
import { appNames, labelsOf, ports } from "../names";

/** API version of Gateways and HTTPRoutes (Gateway API 1.0 and later). */
const gatewayApi = "gateway.networking.k8s.io/v1";

/** Whether clients of the route use https. */
function usesTls({ tls, tlsSecret }: IngressSettings): boolean {
  return tls ?? tlsSecret !== undefined;
}

/** The URL under which an Ingress or HTTPRoute offers the gateway; undefined: there is none. */
export function routeUrl(ingress: IngressSettings): string | undefined {
  if (ingress.kind === "none" || ingress.host === undefined) return undefined;
  return `${usesTls(ingress) ? "https" : "http"}://${ingress.host}`;
}

/**
 * Makes the Ingress, or the HTTPRoute with the Gateway that it needs, which lead to the gateway's Service under a name.
 *
 * Nothing waits for them: not every controller reports an address, and the name is what clients use.
 *
 * @returns what was made, the route first
 */
export function gatewayRoute(
  name: string,
  { namespace, ingress }: { readonly namespace: pulumi.Input<string>; readonly ingress: IngressSettings },
  options: pulumi.CustomResourceOptions,
): readonly pulumi.Resource[] {
  const metadata = {
    name: appNames.gateway,
    namespace,
    labels: labelsOf(appNames.gateway),
    annotations: { ...ingress.annotations, "pulumi.com/skipAwait": "true" },
  };
  if (ingress.kind === "Ingress")
    return [new networking.Ingress(`${name}-ingress`, { metadata, spec: ingressSpec(ingress) }, options)];
  if (ingress.kind === "none") return [];
  const own = ingress.gateway === undefined ? gatewayOfOurOwn(name, metadata, ingress, options) : [];
  const route = new CustomResource(
    `${name}-http-route`,
    { apiVersion: gatewayApi, kind: "HTTPRoute", metadata, spec: routeSpec(ingress) },
    { ...options, dependsOn: [...own] },
  );
  return [route, ...own];
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

function gatewayOfOurOwn(
  name: string,
  metadata: object,
  ingress: IngressSettings,
  options: pulumi.CustomResourceOptions,
): readonly pulumi.Resource[] {
  const { host: hostname, className, tlsSecret } = ingress;
  const listener = usesTls(ingress)
    ? { name: "https", protocol: "HTTPS", port: 443, hostname, tls: { certificateRefs: [{ name: tlsSecret }] } }
    : { name: "http", protocol: "HTTP", port: 80, hostname };
  const spec = { gatewayClassName: className, listeners: [listener] };
  return [new CustomResource(`${name}-gateway`, { apiVersion: gatewayApi, kind: "Gateway", metadata, spec }, options)];
}
