import * as pulumi from "@pulumi/pulumi";
import { KindImage } from "../../clusters/kind/resources";
import { SandboxStandinImage } from "../../clusters/sandbox";
import {
  buildInputs,
  BuiltImage,
  bundleProgram,
  type ImageSource,
  type ImageTarget,
  nodeImage,
  planImages,
  standinSource,
} from "../../images";
import type { Cluster } from "../cluster";
import type { PlanoStackArgs } from "../plano-stack-args";

/** Which gateway runs, and where its image comes from. */
export interface GatewayImageArgs {
  readonly cluster: Cluster;
  readonly gateway: "plano" | "standin";
  /** Plano's release; unused for the stand-in. */
  readonly planoVersion: string;
  /** An image to use as it is. Default: see `planImages`. */
  readonly image?: string;
  /** Repository to push to. Default: none, nothing is pushed. */
  readonly registry?: string;
  /** Whether the LLM stub runs. Default true. */
  readonly needsStub?: boolean;
}

/** The images that the gateway's replicas and the LLM stub run. */
export class GatewayImage extends pulumi.ComponentResource {
  /** Reference for the gateway's container. */
  readonly gateway: pulumi.Output<string>;
  /** Reference for the LLM stub's container. */
  readonly stub: pulumi.Output<string>;
  /** Programs, as gzip files in base64, where the images hold only Node.js. */
  readonly programs: { readonly gateway?: pulumi.Output<string>; readonly stub?: pulumi.Output<string> };
  /** All of them, as {@link PlanoStackArgs} takes them. */
  readonly references: Pick<PlanoStackArgs, "image" | "program" | "stubImage" | "stubProgram">;
  /** Whether the gateway is the stand-in, which everything that shows a verdict must say. */
  readonly isStandin: boolean;

  constructor(name: string, args: GatewayImageArgs, options?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:GatewayImage", name, {}, options);
    this.isStandin = args.gateway === "standin";
    const { cluster, gateway, image, registry } = args;
    const plan = planImages({ kind: cluster.kind, gateway, image, registry });
    const official = pulumi.output(`docker.io/katanemo/plano:${args.planoVersion}`);
    const standin = once(() => this.#made(name, "standin", args));
    const reference = (source: ImageSource, target: ImageTarget): pulumi.Output<string> => {
      switch (source) {
        case "given":
          return pulumi.output(image ?? "");
        case "official":
          return official;
        case "bundled":
          return pulumi.output(nodeImage);
        case "sandbox":
        case "built":
          return target === "standin" ? standin() : this.#made(`${name}-plano`, target, args);
      }
    };
    this.gateway = reference(plan.gateway, gateway);
    // Without a stub nothing of it is built.
    this.stub = args.needsStub === false ? this.gateway : reference(plan.stub, "standin");
    this.programs = {
      gateway: plan.gateway === "bundled" ? pulumi.output(bundleProgram("/app/gateway.js")) : undefined,
      stub: plan.stub === "bundled" && args.needsStub !== false ? pulumi.output(bundleProgram("/app/stub.js")) : undefined,
    };
    const { gateway: program, stub: stubProgram } = this.programs;
    this.references = { image: this.gateway, program, stubImage: this.stub, stubProgram };
    this.registerOutputs({ gateway: this.gateway, stub: this.stub });
  }

  /** Builds an image where the cluster gets it from: the registry, Docker's nodes, or the sandbox. */
  #made(name: string, target: ImageTarget, args: GatewayImageArgs): pulumi.Output<string> {
    const { cluster, planoVersion, registry: repository } = args;
    const { clusterName } = cluster;
    if (cluster.sandbox !== undefined && repository === undefined) {
      const { sandbox } = cluster;
      const inputs = { cluster: clusterName, clusterId: sandbox.clusterId, source: standinSource() };
      return new SandboxStandinImage(name, inputs, { parent: this, deletedWith: sandbox }).reference;
    }
    const inputs = buildInputs(target, planoVersion);
    // Pushing to a registry in a sandbox's reach has to wait for nothing, but a cluster that fails spares the build.
    const built = new BuiltImage(`${name}-built`, { target, planoVersion, inputs, repository }, { parent: this });
    if (repository !== undefined || cluster.kindCluster === undefined) return built.reference;
    const { kindCluster } = cluster;
    return new KindImage(
      name,
      { cluster: clusterName, clusterId: kindCluster.clusterId, reference: built.reference },
      { parent: this, deletedWith: cluster.root },
    ).reference;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
