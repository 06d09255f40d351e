import * as pulumi from "@pulumi/pulumi";
import { makeObjects, manifest } from "./manifest";
import { partOfStack } from "./names";
import type { Place } from "./workload";

/** Arguments of {@link PullSecret}. */
export interface PullSecretArgs extends Place {
  /** Content of Docker's `config.json`; secret. */
  readonly config: pulumi.Input<string>;
}

/** Name of the Secret in the namespace. */
export const pullSecretName = "plano-pull";

export function pullSecretObjects({ namespace, annotations, config }: PullSecretArgs) {
  const metadata = { name: pullSecretName, namespace, labels: partOfStack, ...(annotations && { annotations }) };
  const body = { type: "kubernetes.io/dockerconfigjson", stringData: { ".dockerconfigjson": config } };
  return { main: manifest("Secret", metadata, body) };
}

/** Credentials with which the cluster pulls the stack's images. */
export class PullSecret extends pulumi.ComponentResource {
  /** Name of the Secret, known once it exists. */
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: PullSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:PullSecret", name, {}, opts);
    const made = makeObjects(name, pullSecretObjects(args), { parent: this, deletedWith: opts?.deletedWith });
    this.secretName = made.main.metadata.name;
    this.registerOutputs({ secretName: this.secretName });
  }
}
