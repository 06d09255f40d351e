import * as core from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link PullSecret}. */
export interface PullSecretArgs {
  readonly namespace: pulumi.Input<string>;
  /** Content of Docker's `config.json`; secret. */
  readonly config: pulumi.Input<string>;
}

/** Name of the Secret in the namespace. */
const secretName = "plano-pull";

/** Credentials with which the cluster pulls the stack's images. */
export class PullSecret extends pulumi.ComponentResource {
  /** Name of the Secret, known once it exists. */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: PullSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:PullSecret", name, {}, opts);
    const secret = new core.Secret(
      name,
      {
        metadata: {
          name: secretName,
          namespace: args.namespace,
          labels: { "app.kubernetes.io/part-of": "plano-affinity", "app.kubernetes.io/managed-by": "pulumi" },
        },
        type: "kubernetes.io/dockerconfigjson",
        stringData: { ".dockerconfigjson": args.config },
      },
      { parent: this, deletedWith: opts?.deletedWith },
    );
    this.secretName = secret.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}

/** A pod template as far as it is looked into; what is outputs in it stays so. */
interface Workload {
  readonly metadata?: { readonly namespace?: unknown };
  readonly spec?: { readonly template?: { readonly spec?: object } };
}

/** Kinds whose pods pull images. */
const workloads = /^kubernetes:(apps\/v1:(Deployment|StatefulSet|DaemonSet)|batch\/v1:Job)$/;

/** Names a Secret with credentials in every pod that is declared. Pods in `kube-system` are not the stack's. */
export function withPullSecret(name: pulumi.Input<string>): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const { metadata, spec } = props as Workload;
    const pod = spec?.template?.spec;
    if (!workloads.test(type) || pod === undefined || metadata?.namespace === "kube-system") return undefined;
    const template = { ...spec?.template, spec: { ...pod, imagePullSecrets: [{ name }] } };
    return { props: { ...(props as object), spec: { ...spec, template } }, opts };
  };
}

/**
 * Names the credentials in every pod that is declared after this call, whichever component declares it: one place, so
 * that none can be forgotten.
 */
export function pullWith({ secretName: name }: PullSecret): void {
  pulumi.runtime.registerStackTransformation(withPullSecret(name));
}
