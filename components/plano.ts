import * as apps from "@pulumi/kubernetes/apps/v1";
import * as autoscaling from "@pulumi/kubernetes/autoscaling/v2";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "./checksum";
import { appNames, labelsOf, nodePorts, ports, selectorOf, serviceHost } from "./names";
import { planoPodTemplate } from "./plano-pod";

/** Arguments of {@link Plano}. */
export interface PlanoArgs {
  readonly namespace: pulumi.Input<string>;
  readonly gateway: "plano" | "standin";
  readonly image: pulumi.Input<string>;
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
  readonly serviceType: "NodePort" | "LoadBalancer" | "ClusterIP";
  /** Host on which node ports answer; undefined where that is not known. */
  readonly nodeAddress: pulumi.Input<string | undefined>;
  /** Bug that the stand-in shall have. Default `none`. */
  readonly standinFault?: string;
}

/** The gateway's replicas, their service, and what scales and protects them. */
export class Plano extends pulumi.ComponentResource {
  /** Name of the Deployment, known once its rollout is complete. */
  readonly deployment: pulumi.Output<string>;
  /** Where clients reach the gateway. */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: PlanoArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Plano", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = (objectName: string) => ({
      name: objectName,
      namespace: args.namespace,
      labels: labelsOf(appNames.gateway),
    });

    const config = new core.ConfigMap(
      `${name}-config`,
      { metadata: metadata("plano-config"), data: { "plano_config.yaml": args.config } },
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
            configMap: config.metadata.name,
            secretName: args.secretName,
            checksum: pulumi.all([args.config, args.credentialsChecksum]).apply((contents) => checksum(...contents)),
            standinFault: args.standinFault ?? "none",
          }),
        },
      },
      child,
    );
    // Named, not referenced: the autoscaler then starts counting while the first replica is still starting.
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: appNames.gateway };
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
    const service = new core.Service(
      `${name}-service`,
      {
        metadata: metadata(appNames.gateway),
        spec: {
          type: args.serviceType,
          selector: selectorOf(appNames.gateway),
          ports: [
            {
              name: "http",
              port: ports.gateway,
              targetPort: "http",
              ...(args.serviceType === "NodePort" ? { nodePort: nodePorts.gateway } : {}),
            },
          ],
        },
      },
      { ...child, dependsOn: deployment },
    );

    this.deployment = deployment.metadata.name;
    this.url = pulumi
      .all([service.metadata.name, service.metadata.namespace, service.status, args.nodeAddress])
      .apply(([serviceName, namespace, status, node]) => {
        const ingress = status?.loadBalancer?.ingress?.[0];
        const address = ingress?.hostname ?? ingress?.ip;
        if (args.serviceType === "NodePort" && node !== undefined) return `http://${node}:${nodePorts.gateway}`;
        if (args.serviceType === "LoadBalancer" && address !== undefined) return `http://${address}:${ports.gateway}`;
        return `http://${serviceHost(serviceName, namespace)}:${ports.gateway}`;
      });
    this.registerOutputs({ deployment: this.deployment, url: this.url });
  }
}
