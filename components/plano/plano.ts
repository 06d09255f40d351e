import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { answeringNode } from "../../clusters/node-address";
import type { IngressSettings } from "../../settings";
import type { Address } from "./address";
import { BundledProgram } from "../image/bundled-program";
import { checksum } from "../checksum";
import { gatewayRoute } from "./gateway-route";
import { gatewayAddress, gatewayService, type ServiceType } from "./gateway-service";
import { watchFile } from "./redis-watch/redis-watch";
import { appNames, labelsOf, nodePorts, ports, selectorOf, serviceHost } from "../names";
import { entrances } from "../network-policy";
import { planoPodTemplate } from "./plano-pod";

/** Arguments of {@link Plano}. */
export interface PlanoArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gateway: "plano" | "standin";
  readonly image: pulumi.Input<string>;
  /** The stand-in as a gzip file in base64, where the image holds only Node.js. Default: the image holds it. */
  readonly program?: pulumi.Input<string>;
  /** Text of `plano_config.yaml`. */
  readonly config: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when a credential does. */
  readonly credentialsChecksum: pulumi.Input<string>;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the CPU request above which replicas are added. */
  readonly cpuTarget: number;
  readonly serviceType: ServiceType;
  /** The gateway's own name, besides its Service. Default: none. */
  readonly ingress?: IngressSettings;
  /** Host on which node ports answer; undefined where that is not known. */
  readonly nodeAddress: pulumi.Input<string | undefined>;
  /** Content of the cluster's kubeconfig, to look for a node that answers. Default: nobody looks. */
  readonly kubeconfig?: pulumi.Input<string>;
  /** kubectl with the options that reach the cluster, for the command that opens a tunnel. Default `kubectl`. */
  readonly kubectl?: string;
  /** How long a replica that ends may take to answer what it was asked, in seconds. Default 60. */
  readonly drainSeconds?: number;
  /** Bug that the stand-in shall have. Default `none`. */
  readonly standinFault?: string;
}

/** The gateway's replicas, their service, and what scales and protects them. */
export class Plano extends pulumi.ComponentResource {
  /** Name of the Deployment, known once its rollout is complete. */
  readonly deployment: pulumi.Output<string>;
  /** Where clients reach the gateway from here. */
  readonly url: pulumi.Output<string>;
  /** Command that has to run before `url` answers; empty: none. Pulumi warns of outputs that are undefined. */
  readonly hint: pulumi.Output<string>;
  /** Both of them, and what to do where `url` does not answer. */
  readonly address: pulumi.Output<Address>;

  constructor(name: string, args: PlanoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Plano", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: labelsOf(appNames.gateway),
    });

    const program =
      args.program === undefined ? undefined : { namespace: args.namespace, app: appNames.gateway, program: args.program };
    const bundled = program && new BundledProgram(`${name}-program`, program, child);
    const watch = watchFile(args.gateway);
    const { drainSeconds = 60 } = args;
    const config = new core.ConfigMap(
      `${name}-config`,
      { metadata: metadata("plano-config"), data: { "plano_config.yaml": args.config, ...watch } },
      child,
    );
    const deployment = new apps.Deployment(
      name,
      {
        metadata: metadata(appNames.gateway),
        spec: {
          // No replicas: they belong to the autoscaler, and whatever is written here would be set again on every up.
          selector: { matchLabels: selectorOf(appNames.gateway) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
          template: planoPodTemplate({
            gateway: args.gateway,
            image: args.image,
            bundled,
            configMap: config.metadata.name,
            secretName: args.secretName,
            redisAddress: pulumi.interpolate`${pulumi.output(args.namespace).apply((it) => serviceHost(appNames.redis, it))}:${ports.redis}`,
            checksum: pulumi
              .all([args.config, ...Object.values(watch), args.credentialsChecksum, ...(bundled ? [bundled.checksum] : [])])
              .apply((contents) => checksum(...contents)),
            standinFault: args.standinFault ?? "none",
            drainSeconds,
          }),
        },
      },
      { ...child, customTimeouts: { delete: `${deleteLimitSeconds(drainSeconds)}s` } },
    );
    // Named, not referenced: the autoscaler then starts counting while the first replica is still starting.
    // Its wait must not begin before that of the Deployment, though, which may have to wait for an image to be built.
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: pulumi.output(args.image).apply(() => appNames.gateway) };
    new autoscaling.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      {
        metadata: metadata(appNames.gateway),
        spec: {
          scaleTargetRef: target,
          minReplicas: args.minReplicas,
          maxReplicas: args.maxReplicas,
          metrics: [
            { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: args.cpuTarget } } },
          ],
          // A burst shorter than this (a start, a proof) adds no replica.
          behavior: { scaleUp: { stabilizationWindowSeconds: 60 } },
        },
      },
      child,
    );
    new policy.PodDisruptionBudget(
      `${name}-disruption-budget`,
      {
        metadata: metadata(appNames.gateway),
        spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(appNames.gateway) } },
      },
      child,
    );
    new networking.NetworkPolicy(
      `${name}-from-anyone`,
      entrances("plano-from-anyone", args.namespace, appNames.gateway, [{ ports: [ports.gateway], from: ["anyone"] }]),
      child,
    );
    const { namespace, serviceType, ingress = { kind: "none" }, kubectl = "kubectl" } = args;
    const service = gatewayService(`${name}-service`, { namespace, serviceType }, { ...child, dependsOn: deployment });
    const [route] = gatewayRoute(name, { namespace, ingress }, { ...child, dependsOn: service });

    this.deployment = deployment.metadata.name;
    const facts = pulumi.all([service.metadata.namespace, service.status, args.nodeAddress, args.kubeconfig, route?.urn]);
    // Addresses are no secret, although it takes the kubeconfig to find a node's.
    this.address = pulumi.unsecret(
      facts.apply(async ([inNamespace, status, nodeAddress, kubeconfig]) => {
        const balancer = status?.loadBalancer?.ingress?.[0];
        const unknownNode = serviceType === "NodePort" && ingress.kind === "none" && nodeAddress === undefined;
        const found = unknownNode && kubeconfig ? await answeringNode(kubeconfig, nodePorts.gateway) : undefined;
        return gatewayAddress({
          serviceType,
          ingress,
          kubectl,
          namespace: inNamespace,
          balancer: balancer?.hostname ?? balancer?.ip,
          node: nodeAddress ?? found,
        });
      }),
    );
    this.url = this.address.url;
    this.hint = this.address.apply(({ hint }) => hint ?? "");
    this.registerOutputs({ deployment: this.deployment, url: this.url, hint: this.hint });
  }
}

/** How long deleting the Deployment may take: until its last replica has drained and stopped; ten minutes are Pulumi's own. */
function deleteLimitSeconds(drainSeconds: number): number {
  return Math.max(600, drainSeconds + 120);
}
