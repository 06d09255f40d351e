import * as pulumi from "@pulumi/pulumi";
import { KindImage } from "../../clusters/kind/resources";
import type { PlanoSource } from "../../clusters/choose-gateway";
import { SandboxImage } from "../../clusters/sandbox";
import {
  buildInputs,
  BuiltImage,
  bundleProgram,
  type ImageSource,
  type ImageTarget,
  planImages,
  standinSource,
} from "../../images";
import type { ClusterDefaults, Settings } from "../../settings";
import { mirrored, officialPlano, publishedImages } from "../../settings/images";
import type { Cluster } from "../cluster";
import type { PlanoStackArgs } from "../plano-stack-args";

type Required = Pick<Settings, "planoVersion"> & Pick<ClusterDefaults, "gateway">;
type Optional = Partial<Pick<Settings, "image" | "registry" | "images" | "imageMirror"> & Pick<ClusterDefaults, "needsStub">>;

/** Which gateway runs, and where its image comes from; `planImages` has the defaults. */
export interface GatewayImageArgs extends Required, Optional {
  readonly cluster: Cluster;
  /** Plano's image, where it is loaded into the cluster's nodes. */
  readonly planoImage?: PlanoSource;
}

/** The images that the gateway's replicas and the LLM stub run. */
export class GatewayImage extends pulumi.ComponentResource {
  readonly gateway: pulumi.Output<string>;
  readonly stub: pulumi.Output<string>;
  /** Both, with the programs for images that hold only Node.js, as {@link PlanoStackArgs} takes them. */
  readonly references: Pick<PlanoStackArgs, "image" | "program" | "stubImage" | "stubProgram">;

  constructor(name: string, args: GatewayImageArgs, options?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:GatewayImage", name, {}, options);
    const { cluster, gateway, image, registry, planoImage, needsStub = true, images, imageMirror } = args;
    const plan = planImages({ kind: cluster.kind, gateway, image, registry, inFile: planoImage !== undefined });
    const known: { readonly [source in ImageSource]?: string } = {
      given: image,
      official: mirrored(officialPlano(args.planoVersion), imageMirror),
      bundled: images?.stub ?? mirrored(publishedImages.stub, imageMirror),
    };
    const reference = (source: ImageSource, target: ImageTarget): pulumi.Output<string> => {
      const found = known[source];
      if (found !== undefined) return pulumi.output(found);
      if (source === "loaded") return this.#loaded(`${name}-plano`, args);
      return this.#made(target === "standin" ? name : `${name}-plano`, target, args);
    };
    this.gateway = reference(plan.gateway, gateway);
    // The stand-in's image holds the stub as well, and without a stub nothing of it is built.
    this.stub = gateway === "standin" || !needsStub ? this.gateway : reference(plan.stub, "standin");
    const program = plan.gateway === "bundled" ? pulumi.output(bundleProgram("/app/gateway.js")) : undefined;
    const stubProgram = plan.stub === "bundled" && needsStub ? pulumi.output(bundleProgram("/app/stub.js")) : undefined;
    this.references = { image: this.gateway, program, stubImage: this.stub, stubProgram };
    this.registerOutputs({ gateway: this.gateway, stub: this.stub });
  }

  #loaded(name: string, { cluster, planoImage }: GatewayImageArgs): pulumi.Output<string> {
    const { clusterName, sandbox, kindCluster } = cluster;
    const options = { parent: this, deletedWith: cluster.parts.root };
    const inputs = { cluster: clusterName, clusterId: (sandbox ?? kindCluster)?.clusterId ?? "" };
    if (planoImage !== undefined && kindCluster !== undefined && "archive" in planoImage) {
      const { archive, digest } = planoImage;
      const reference = `plano-affinity/plano:${digest.slice(0, 12)}`;
      return new KindImage(name, { ...inputs, ...stays(cluster), archive, reference }, options).reference;
    }
    return new SandboxImage("load-plano", name, { ...inputs, plano: planoImage }, options).reference;
  }

  /** Builds an image where the cluster gets it from: the registry, Docker's nodes, or the sandbox. */
  #made(name: string, target: ImageTarget, args: GatewayImageArgs): pulumi.Output<string> {
    const { cluster, planoVersion, registry: repository } = args;
    const { clusterName, sandbox, kindCluster } = cluster;
    if (sandbox !== undefined && repository === undefined) {
      const inputs = { cluster: clusterName, clusterId: sandbox.clusterId, source: standinSource() };
      return new SandboxImage("load-standin", name, inputs, { parent: this, deletedWith: sandbox }).reference;
    }
    const inputs = buildInputs(target, planoVersion);
    // Pushing to a registry in a sandbox's reach has to wait for nothing, but a cluster that fails spares the build.
    const built = new BuiltImage(
      `${name}-built`,
      { target, planoVersion, inputs, repository, mirror: args.imageMirror },
      { parent: this },
    );
    if (repository !== undefined || kindCluster === undefined) return built.reference;
    const load = { cluster: clusterName, clusterId: kindCluster.clusterId, reference: built.reference, ...stays(cluster) };
    return new KindImage(name, load, { parent: this, deletedWith: cluster.parts.root }).reference;
  }
}

/** Whether a cluster stays when the stack goes, as the resources of its images are told. */
function stays({ parts }: Cluster): { readonly joined?: true } {
  return parts.root === undefined ? { joined: true } : {};
}
