import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { componentOf, makeObjects, manifest } from "./manifest";
import { credentials, partOfStack } from "./names";
import { fingerprint } from "./outputs";
import type { PlanoStackArgs } from "./plano-stack-args";
import type { Place } from "./pod";

type Given = "createNamespace" | "gateway" | "openaiApiKey" | "secrets" | "redisPassword" | "caBundle" | "annotations";

/** Arguments of {@link StackNamespace}. */
export interface NamespaceArgs extends Pick<PlanoStackArgs, Given> {
  readonly namespace: string;
  /** URL of an external Redis, once that was found fit: gateways may read it any moment. Undefined: the stack runs its own. */
  readonly redisUrl?: pulumi.Input<string>;
}

export function namespaceObjects(args: NamespaceArgs) {
  const { namespace, createNamespace = true, gateway, annotations } = args;
  // Plano's image starts as root.
  const podSecurity = gateway === "plano" ? "baseline" : "restricted";
  const labels = { ...partOfStack, "pod-security.kubernetes.io/enforce": podSecurity };
  return {
    ...(createNamespace && { main: manifest("Namespace", { name: namespace, labels, annotations }, {}) }),
    secrets: manifest("Secret", { name: credentials.secret, namespace, annotations }, { stringData: stringData(args) }),
  };
}

function stringData(args: NamespaceArgs): Record<string, pulumi.Input<string>> {
  const { redisPassword, openaiApiKey, secrets, redisUrl, caBundle } = args;
  return {
    ...secrets,
    ...(redisPassword !== undefined && { [credentials.redisPassword]: redisPassword }),
    ...(openaiApiKey !== undefined && { [credentials.openaiApiKey]: openaiApiKey }),
    ...(redisUrl !== undefined && { [credentials.redisUrl]: redisUrl }),
    ...(caBundle !== undefined && { [credentials.caBundle]: caBundle }),
  };
}

/** The namespace that holds the stack, and the Secret with its credentials. */
export class StackNamespace extends pulumi.ComponentResource {
  /** The namespace's name, known once it exists. */
  readonly namespace: pulumi.Output<string>;
  /** Password of the in-cluster Redis; letters and digits only, so that it can stand in a URL. */
  readonly redisPassword: pulumi.Output<string>;
  /** Name of the Secret, known once it exists. */
  readonly secretName: pulumi.Output<string>;
  /** Changes when a credential does; tells nothing about them. */
  readonly credentialsChecksum: pulumi.Output<string>;

  constructor(name: string, args: NamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:StackNamespace", name, {}, opts);
    const redisPassword =
      args.redisPassword ??
      new random.RandomPassword(`${name}-redis-password`, { length: 32, special: false }, { parent: this }).result;
    const known = { ...args, redisPassword };
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const { main, secrets } = makeObjects(name, namespaceObjects(known), child, { secrets: ["main"] });

    this.namespace = main?.metadata.name ?? pulumi.output(args.namespace);
    this.redisPassword = pulumi.secret(redisPassword);
    this.secretName = secrets.metadata.name;
    const data = pulumi.output(stringData(known)).apply((values) => JSON.stringify(values));
    this.credentialsChecksum = pulumi.output(fingerprint(data));
    this.registerOutputs({ namespace: this.namespace, secretName: this.secretName });
  }
}

/** Name of the Secret with which the stack's images are pulled. */
export const pullSecretName = "plano-pull";

/** @param args `config`: content of Docker's `config.json`; secret */
export function pullSecretObjects({ namespace, annotations, config }: Place & { readonly config: pulumi.Input<string> }) {
  const metadata = { name: pullSecretName, namespace, labels: partOfStack, annotations };
  const body = { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": config } };
  return { main: manifest("Secret", metadata, body) };
}

/** Credentials with which the cluster pulls the stack's images. */
export const PullSecret = componentOf("PullSecret", pullSecretObjects);
