import { type Field, objectOf, trueOrFalse } from "./object-setting";
import { kubernetesObjectName, type Violation } from "./parsers";

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

const kinds: readonly unknown[] = ["none", "Ingress", "HTTPRoute"] satisfies IngressSettings["kind"][];

const hostName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

const isObjectName: Field["wrong"] = (value) => {
  if (typeof value !== "string") return `${JSON.stringify(value)} is not text`;
  const parsed = kubernetesObjectName(value);
  return "reason" in parsed ? parsed.reason : undefined;
};

const matches =
  (pattern: RegExp, form: string): Field["wrong"] =>
  (value) =>
    typeof value === "string" && pattern.test(value) ? undefined : `${JSON.stringify(value)} is not ${form}`;

const set = (field: keyof IngressSettings, example: string): string => `pulumi config set --path ingress.${field} ${example}`;
const remove = (field: keyof IngressSettings): string => `pulumi config rm --path ingress.${field}`;

const fields = {
  kind: {
    wrong: (value) => (kinds.includes(value) ? undefined : `${JSON.stringify(value)} is not one of ${kinds.join(", ")}`),
    remedy: set("kind", "Ingress"),
  },
  host: { wrong: matches(hostName, "a DNS name such as llm.example.com"), remedy: set("host", "llm.example.com") },
  className: { wrong: isObjectName, remedy: set("className", "nginx") },
  gateway: {
    wrong: matches(/^([a-z0-9][-a-z0-9]*\/)?[a-z0-9][-.a-z0-9]*$/, "a Gateway's name, or namespace/name"),
    remedy: set("gateway", "infra/public"),
  },
  tlsSecret: { wrong: isObjectName, remedy: set("tlsSecret", "llm-tls") },
  tls: { wrong: trueOrFalse, remedy: set("tls", "true") },
  annotations: {
    wrong: (value) =>
      typeof value === "object" && value !== null && Object.values(value).every((it) => typeof it === "string")
        ? undefined
        : `${JSON.stringify(value)} is not an object of texts`,
    remedy: remove("annotations"),
  },
} satisfies { readonly [field in keyof IngressSettings]-?: Field };

export const ingress = objectOf<IngressSettings>({ key: "ingress", fields, defaults: noIngress, together });

/** The rules that need more than one field. */
function together(given: IngressSettings): readonly Violation[] {
  const { kind, host, className, gateway, tlsSecret, tls } = given;
  const found: Violation[] = [];
  const refuse = (field: keyof IngressSettings, wrong: boolean, reason: string, remedy: string): void => {
    if (wrong) found.push({ path: `ingress.${field}`, reason, remedy });
  };
  if (kind === "none") {
    const others = Object.keys(given).filter((field) => field !== "kind");
    const reason = `kind is "none", so ${others.join(" and ")} ${others.length === 1 ? "has" : "have"} no effect`;
    refuse("kind", others.length > 0, reason, `${fields.kind.remedy}, or pulumi config rm ingress`);
    return found;
  }
  const [isIngress, isRoute] = [kind === "Ingress", kind === "HTTPRoute"];
  refuse(
    "host",
    host === undefined,
    `${isIngress ? "an Ingress" : "an HTTPRoute"} needs the name that clients ask for`,
    fields.host.remedy,
  );
  refuse(
    "gateway",
    isIngress && gateway !== undefined,
    "only an HTTPRoute joins a Gateway, and kind is Ingress",
    remove("gateway"),
  );
  refuse(
    "gateway",
    isRoute && (gateway === undefined) === (className === undefined),
    "an HTTPRoute needs either a Gateway to join, or the className of a Gateway to make",
    gateway === undefined ? fields.gateway.remedy : remove("className"),
  );
  refuse(
    "tlsSecret",
    gateway !== undefined && tlsSecret !== undefined,
    `the certificate belongs in the listener of the Gateway ${gateway}`,
    `${remove("tlsSecret")}, and ${fields.tls.remedy}`,
  );
  refuse("tls", tlsSecret !== undefined && tls === false, "it is false, but tlsSecret names a certificate", remove("tls"));
  refuse(
    "tlsSecret",
    isRoute && className !== undefined && tls === true && tlsSecret === undefined,
    "a Gateway made for this route needs a certificate for https",
    fields.tlsSecret.remedy,
  );
  return found;
}
