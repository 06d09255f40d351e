import { type Field, fieldRemedy, objectOf } from "./object-setting";
import { kubernetesObjectName, matching, oneOf, text, textsOf, type Violation } from "./parsers";

/** A host name for the gateway, in addition to its Service. */
export interface IngressSettings {
  /** `Ingress` (networking.k8s.io/v1), `HTTPRoute` (gateway.networking.k8s.io/v1), or neither. */
  readonly kind: "none" | "Ingress" | "HTTPRoute";
  /** DNS name that clients ask for; given unless kind is `none`. */
  readonly host?: string;
  /** IngressClass, or the GatewayClass of a Gateway to make. Default for an Ingress: the cluster's default class. */
  readonly className?: string;
  /** Existing Gateway that the HTTPRoute joins: `name`, or `namespace/name`. */
  readonly gateway?: string;
  /** Secret of type kubernetes.io/tls in the stack's namespace. */
  readonly tlsSecret?: string;
  /** Clients use https. Default: whether `tlsSecret` is given; true without it where something else holds the certificate. */
  readonly tls?: boolean;
  /** Annotations of the Ingress or HTTPRoute, as controllers read them. */
  readonly annotations?: { readonly [name: string]: string };
}

/** No Ingress and no HTTPRoute. */
export const noIngress: IngressSettings = { kind: "none" };

const hostName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const gatewayName = /^([a-z0-9][-a-z0-9]*\/)?[a-z0-9][-.a-z0-9]*$/;

const fields: { readonly [field in keyof IngressSettings]-?: Field } = {
  kind: { parse: oneOf("none", "Ingress", "HTTPRoute"), example: "Ingress" },
  host: { parse: matching(hostName, "a DNS name such as llm.example.com"), example: "llm.example.com" },
  className: { parse: kubernetesObjectName, example: "nginx" },
  gateway: { parse: matching(gatewayName, "a Gateway's name, or namespace/name"), example: "infra/public" },
  tlsSecret: { parse: kubernetesObjectName, example: "llm-tls" },
  tls: { parse: oneOf(true, false), example: "true" },
  annotations: { parse: textsOf(text) },
};

export const ingress = objectOf<IngressSettings>({ key: "ingress", fields, defaults: noIngress, together });

const set = (field: keyof IngressSettings): string => fieldRemedy(`ingress.${field}`, fields[field].example);
const remove = (field: keyof IngressSettings): string => fieldRemedy(`ingress.${field}`, undefined);

/** The rules that need more than one field. */
function together(given: IngressSettings): readonly Violation[] {
  const { kind, host, className, gateway, tlsSecret, tls } = given;
  const others = Object.keys(given).filter((field) => field !== "kind");
  const [isNone, isRoute] = [kind === "none", kind === "HTTPRoute"];
  const [joins, makes, hasSecret] = [gateway !== undefined, isRoute && className !== undefined, tlsSecret !== undefined];
  const rules: readonly (readonly [field: keyof IngressSettings, wrong: boolean, reason: string, remedy: string])[] = [
    ["kind", isNone && others.length > 0, `it is "none", so ${others.join(", ")} would have no effect`, set("kind")],
    ["host", !isNone && host === undefined, `kind ${kind} needs the name that clients ask for`, set("host")],
    ["gateway", kind === "Ingress" && joins, "only an HTTPRoute joins a Gateway, and kind is Ingress", remove("gateway")],
    ["gateway", isRoute && !joins && !makes, "an HTTPRoute needs one, or the className of one to make", set("gateway")],
    ["className", joins && makes, `the HTTPRoute joins the Gateway ${gateway}, so that none is made`, remove("className")],
    ["tlsSecret", isRoute && joins && hasSecret, `the Gateway ${gateway} has it (tls true)`, remove("tlsSecret")],
    ["tls", !isNone && hasSecret && tls === false, "it is false, but tlsSecret names a certificate", remove("tls")],
    ["tlsSecret", makes && tls === true && !hasSecret, "a Gateway that is made needs one for https", set("tlsSecret")],
  ];
  return rules.flatMap(([field, wrong, reason, remedy]) => (wrong ? [{ path: `ingress.${field}`, reason, remedy }] : []));
}
