import * as pulumi from "@pulumi/pulumi";
import { SandboxStandinImage } from "../clusters/sandbox";
import { standinSource } from "../clusters/standin-source";
import type { Cluster } from "./cluster";

/** Which gateway runs, and where its image comes from. */
export interface GatewayImageArgs {
  readonly cluster: Cluster;
  readonly gateway: "plano" | "standin";
  /** Plano's release; unused for the stand-in. */
  readonly planoVersion: string;
  /** An image to use as it is. Default: the official one, or in the sandbox the stand-in of this checkout. */
  readonly image?: string;
}

/** The image that the gateway's replicas run. */
export class GatewayImage extends pulumi.ComponentResource {
  /** Reference for the gateway's container. */
  readonly gateway: pulumi.Output<string>;
  /** Reference for the LLM stub's container. */
  readonly stub: pulumi.Output<string>;
  /** Whether the gateway is the stand-in, which everything that shows a verdict must say. */
  readonly isStandin: boolean;

  constructor(name: string, args: GatewayImageArgs, options?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:GatewayImage", name, {}, options);
    this.isStandin = args.gateway === "standin";
    const { sandbox, kind } = args.cluster;
    if (sandbox === undefined && args.image === undefined && this.isStandin) {
      throw new pulumi.RunError(
        `gateway: on a cluster of kind ${kind} the stand-in's image must come from a registry.\n  → docker build --target standin …, push it, and pulumi config set image …`,
      );
    }
    const built =
      sandbox &&
      new SandboxStandinImage(
        name,
        { cluster: args.cluster.clusterName, clusterId: sandbox.clusterId, source: standinSource() },
        { parent: this, deletedWith: sandbox },
      );
    const given = args.image === undefined ? undefined : pulumi.output(args.image);
    const plano = pulumi.output(`docker.io/katanemo/plano:${args.planoVersion}`);
    this.stub = built?.reference ?? given ?? plano;
    this.gateway = given ?? (this.isStandin ? this.stub : plano);
    this.registerOutputs({ gateway: this.gateway, stub: this.stub });
  }
}
