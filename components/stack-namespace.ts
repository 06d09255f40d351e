import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { fingerprint } from "./checksum";
import { makeObjects, manifest } from "./manifest";
import { credentials, partOfStack } from "./names";

/** What the namespace and the Secret depend on. */
export interface NamespaceObjectsArgs {
  /** Name of the namespace. */
  readonly namespace: string;
  /** False: it is there already, and stays when the stack goes. Default true. */
  readonly createNamespace?: boolean;
  /** Pod Security profile that the cluster enforces in a namespace that the stack makes. Default `restricted`. */
  readonly podSecurity?: "restricted" | "baseline";
  /** OpenAI API key; undefined: none, prompts are answered by the stub. */
  readonly openaiApiKey?: pulumi.Input<string>;
  /** Password of the in-cluster Redis, letters and digits only; undefined: one is made up, once. */
  readonly redisPassword?: pulumi.Input<string>;
  /** URL of an external Redis, once that was found fit: gateways may read it any moment. Undefined: the stack runs its own. */
  readonly redisUrl?: pulumi.Input<string>;
  /** Annotations of every object. Default: none. */
  readonly annotations?: { readonly [name: string]: string };
}

export function namespaceObjects(args: NamespaceObjectsArgs) {
  const { namespace, createNamespace = true, podSecurity = "restricted", annotations } = args;
  const marked = { ...(annotations && { annotations }) };
  const labels = { ...partOfStack, "pod-security.kubernetes.io/enforce": podSecurity };
  return {
    ...(createNamespace && { main: manifest("Namespace", { name: namespace, labels, ...marked }, {}) }),
    secrets: manifest("Secret", { name: credentials.secret, namespace, ...marked }, { stringData: stringData(args) }),
  };
}

function stringData({ redisPassword, openaiApiKey, redisUrl }: NamespaceObjectsArgs): Record<string, pulumi.Input<string>> {
  return {
    ...(redisPassword !== undefined && { [credentials.redisPassword]: redisPassword }),
    ...(openaiApiKey !== undefined && { [credentials.openaiApiKey]: openaiApiKey }),
    ...(redisUrl !== undefined && { [credentials.redisUrl]: redisUrl }),
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

  constructor(name: string, args: NamespaceObjectsArgs, opts?: pulumi.ComponentResourceOptions) {
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
