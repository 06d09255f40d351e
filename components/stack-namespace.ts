import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { checksum } from "./checksum";
import { credentials } from "./names";

/** Arguments of {@link StackNamespace}. */
export interface StackNamespaceArgs {
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

  constructor(name: string, args: StackNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:StackNamespace", name, {}, opts);
    const inCluster = { parent: this, deletedWith: opts?.deletedWith };

    const labels = { "app.kubernetes.io/part-of": "plano-affinity", "app.kubernetes.io/managed-by": "pulumi" };
    const enforced = { "pod-security.kubernetes.io/enforce": args.podSecurity ?? "restricted" };
    const namespace =
      (args.createNamespace ?? true)
        ? new core.Namespace(name, { metadata: { name: args.namespace, labels: { ...labels, ...enforced } } }, inCluster).metadata
            .name
        : pulumi.output(args.namespace);
    const redisPassword =
      args.redisPassword ??
      new random.RandomPassword(`${name}-redis-password`, { length: 32, special: false }, { parent: this }).result;
    const data: { [key: string]: pulumi.Input<string> } = { [credentials.redisPassword]: redisPassword };
    if (args.openaiApiKey !== undefined) data[credentials.openaiApiKey] = args.openaiApiKey;
    if (args.redisUrl !== undefined) data[credentials.redisUrl] = args.redisUrl;
    const secret = new core.Secret(
      `${name}-secrets`,
      { metadata: { name: credentials.secret, namespace }, stringData: data },
      inCluster,
    );

    this.namespace = namespace;
    this.redisPassword = pulumi.secret(redisPassword);
    this.secretName = secret.metadata.name;
    this.credentialsChecksum = pulumi.unsecret(pulumi.output(data).apply((values) => checksum(JSON.stringify(values))));
    this.registerOutputs({ namespace: this.namespace, secretName: this.secretName });
  }
}
