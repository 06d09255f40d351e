import { type FieldRule, type ObjectRules, readFields } from "./object-setting";
import { kubernetesObjectName, type Parser } from "./parsers";
import type { Violation } from "./violation";

/** How the gateway is reached under a name of its own, besides its Service. */
export interface IngressSettings {
  /** `Ingress` (networking.k8s.io/v1), `HTTPRoute` (gateway.networking.k8s.io/v1), or neither. */
  readonly kind: "none" | "Ingress" | "HTTPRoute";
  /** DNS name that clients ask for; given unless kind is `none`. */
  readonly host?: string;
  /** IngressClass, or the GatewayClass of a Gateway that is made. Default for an Ingress: the cluster's default class. */
  readonly className?: string;
  /** Existing Gateway that the HTTPRoute joins: `name`, or `namespace/name`. */
  readonly gateway?: string;
  /** Secret of type kubernetes.io/tls in the stack's namespace. */
  readonly tlsSecret?: string;
  /** Clients use https. Default: whether `tlsSecret` is given; true without it where somebody else holds the certificate. */
  readonly tls?: boolean;
  /** Annotations of the Ingress or HTTPRoute, as controllers read them. */
  readonly annotations?: { readonly [name: string]: string };
}

/** No Ingress and no HTTPRoute. */
export const noIngress: IngressSettings = { kind: "none" };

const kinds: readonly unknown[] = ["none", "Ingress", "HTTPRoute"] satisfies IngressSettings["kind"][];

const hostName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

const textOf =
  (parse: Parser<string>): FieldRule =>
  (value) => {
    if (typeof value !== "string") return `${JSON.stringify(value)} is not text`;
    const parsed = parse(value);
    return "reason" in parsed ? parsed.reason : undefined;
  };

const matches =
  (pattern: RegExp, form: string): FieldRule =>
  (value) =>
    typeof value === "string" && pattern.test(value) ? undefined : `${JSON.stringify(value)} is not ${form}`;

const rules: ObjectRules<IngressSettings> = {
  key: "ingress",
  first: "kind",
  fields: {
    kind: (value) => (kinds.includes(value) ? undefined : `${JSON.stringify(value)} is not one of ${kinds.join(", ")}`),
    host: matches(hostName, "a DNS name such as llm.example.com"),
    className: textOf(kubernetesObjectName),
    gateway: matches(/^([a-z0-9][-a-z0-9]*\/)?[a-z0-9][-.a-z0-9]*$/, "a Gateway's name, or namespace/name"),
    tlsSecret: textOf(kubernetesObjectName),
    tls: (value) => (typeof value === "boolean" ? undefined : `${JSON.stringify(value)} is not true or false`),
    annotations: (value) =>
      typeof value === "object" && value !== null && Object.values(value).every((it) => typeof it === "string")
        ? undefined
        : `${JSON.stringify(value)} is not an object of texts`,
  },
  example: (field) =>
    ({
      kind: "pulumi config set --path ingress.kind Ingress",
      host: "pulumi config set --path ingress.host llm.example.com",
      className: "pulumi config set --path ingress.className nginx",
      gateway: "pulumi config set --path ingress.gateway infra/public",
      tlsSecret: "pulumi config set --path ingress.tlsSecret llm-tls",
      tls: "pulumi config set --path ingress.tls true",
      annotations: "pulumi config rm --path ingress.annotations",
    })[field],
};

/** Reads the object of the key `ingress`. */
export function readIngress(text: string): {
  readonly value: IngressSettings;
  readonly violations: readonly Violation[];
} {
  const { given, violations } = readFields(text, rules);
  if (given === undefined) return { value: noIngress, violations };
  const value = { ...noIngress, ...given };
  const together = conflictsOf(value);
  return { value: together.length > 0 ? noIngress : value, violations: together };
}

/** The rules that need more than one field. */
function conflictsOf(given: IngressSettings): readonly Violation[] {
  const { kind, host, className, gateway, tlsSecret, tls } = given;
  const refuse = (field: keyof IngressSettings, reason: string, remedy: string): Violation[] => [
    { path: `ingress.${field}`, reason, remedy },
  ];
  if (kind === "none") {
    const others = Object.keys(given).filter((field) => field !== "kind");
    const remedy = `${rules.example("kind")}, or pulumi config rm ingress`;
    return others.length === 0 ? [] : refuse("kind", `it is none, and so ${others.join(" and ")} would not be used`, remedy);
  }
  return [
    ...(host === undefined ? refuse("host", `an ${kind} needs the name that clients ask for`, rules.example("host")) : []),
    ...(kind === "Ingress" && gateway !== undefined
      ? refuse("gateway", "only an HTTPRoute joins a Gateway, and kind is Ingress", "pulumi config rm --path ingress.gateway")
      : []),
    ...(kind === "HTTPRoute" && (gateway === undefined) === (className === undefined)
      ? refuse(
          "gateway",
          "an HTTPRoute needs either the Gateway that it joins, or the className of one that is made for it",
          gateway === undefined ? rules.example("gateway") : "pulumi config rm --path ingress.className",
        )
      : []),
    ...(gateway !== undefined && tlsSecret !== undefined
      ? refuse(
          "tlsSecret",
          `the certificate belongs into the listener of the Gateway ${gateway}`,
          "pulumi config rm --path ingress.tlsSecret, and pulumi config set --path ingress.tls true",
        )
      : []),
    ...(tlsSecret !== undefined && tls === false
      ? refuse("tls", "it is false, and tlsSecret names a certificate", "pulumi config rm --path ingress.tls")
      : []),
    // The listener of a Gateway that is made needs its certificate.
    ...(kind === "HTTPRoute" && className !== undefined && tls === true && tlsSecret === undefined
      ? refuse("tlsSecret", "a Gateway that is made needs a certificate for https", rules.example("tlsSecret"))
      : []),
  ];
}
