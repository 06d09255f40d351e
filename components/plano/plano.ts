import * as pulumi from "@pulumi/pulumi";
import { BundledProgram, runBundled } from "../image/bundled-program";
import { makeObjects, manifest } from "../manifest";
import { appNames, nodePorts, ports } from "../names";
import { derived, fingerprint } from "../outputs";
import { deployment, disruptionBudget, entrances, metadataOf, rolling } from "../workload";
import { type Address, findNode } from "./address";
import { gatewayAddress, gatewayService, routeObjects } from "./gateway-service";
import { listenerPorts, type PlanoArgs, planoConfigMap, planoPod } from "./plano-pod";
import { watchFile } from "./redis-watch/redis-watch";

export function planoObjects(args: PlanoArgs) {
  const { minReplicas, maxReplicas, cpuTarget, config, program, image } = args;
  const app = appNames.gateway;
  const watch = watchFile(args.gateway);
  const bundled = program === undefined ? [] : [runBundled(app, program).checksum];
  const checksum = fingerprint(config, ...Object.values(watch), args.credentialsChecksum, ...bundled);
  // Named, not referenced: the autoscaler then starts counting while the first replica is still starting.
  // Its wait must not begin before that of the Deployment, though, which may have to wait for an image to be built.
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: derived<string, string>([image], () => app) };
  const target = { type: "Utilization", averageUtilization: cpuTarget };
  return {
    config: manifest("ConfigMap", metadataOf(args, app, planoConfigMap), {
      data: { "plano_config.yaml": config, ...(args.proof !== undefined && { "proof.json": args.proof }), ...watch },
    }),
    main: deployment(args, app, {
      // They belong to the autoscaler, and whatever is written here would be set again on every up.
      replicas: undefined,
      strategy: rolling,
      annotations: { "plano-affinity/checksum": checksum, "kubectl.kubernetes.io/default-container": "gateway" },
      pod: planoPod(args),
    }),
    autoscaler: manifest("HorizontalPodAutoscaler", metadataOf(args, app), {
      spec: {
        scaleTargetRef,
        minReplicas,
        maxReplicas,
        metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
        // A burst shorter than this (a start, a proof) adds no replica.
        behavior: { scaleUp: { stabilizationWindowSeconds: 60 } },
      },
    }),
    "disruption-budget": disruptionBudget(args, app),
    "from-anyone": entrances(args, "plano-from-anyone", app, [{ ports: [ports.gateway, ...args.furtherPorts], from: "anyone" }]),
    service: gatewayService(args, args.serviceType, listenerPorts(args.furtherPorts)),
    ...routeObjects(args, args.ingress),
  };
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
    const { program, serviceType, ingress, kubectl, drainSeconds } = args;
    // Until the last replica has drained and stopped; ten minutes are Pulumi's own limit.
    const customTimeouts = { delete: `${Math.max(600, drainSeconds + 120)}s` };
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const bundled =
      program === undefined
        ? undefined
        : new BundledProgram(`${name}-program`, { ...args, app: appNames.gateway, program }, child);
    const made = makeObjects(
      name,
      planoObjects(args),
      { ...child, customTimeouts },
      {
        main: ["config", bundled],
        service: ["main"],
        ingress: ["service"],
        gateway: ["service"],
        "http-route": ["service", "gateway"],
      },
    );

    const { main, service } = made;
    // What `pulumi up --target` leaves out, and was never there, has no id: then nothing of it is known.
    this.deployment = pulumi.all([main.metadata.name, main.id]).apply(([it]) => it);
    const route = made["http-route"] ?? made.ingress;
    const facts = pulumi.all([
      service.metadata.namespace,
      service.status,
      args.nodeAddress,
      args.kubeconfig,
      service.id,
      route?.urn,
    ]);
    // Addresses are no secret, although it takes the kubeconfig to find a node's.
    this.address = pulumi.unsecret(
      facts.apply(async ([namespace, status, nodeAddress, kubeconfig]) => {
        const balancer = status?.loadBalancer?.ingress?.[0];
        const unknownNode = serviceType === "NodePort" && ingress.kind === "none" && nodeAddress === undefined;
        const found = unknownNode && kubeconfig ? await findNode(kubeconfig, nodePorts.gateway) : undefined;
        const [host, node] = [balancer?.hostname ?? balancer?.ip, nodeAddress ?? found];
        return gatewayAddress({ serviceType, ingress, kubectl, namespace, balancer: host, node });
      }),
    );
    this.url = this.address.url;
    this.hint = this.address.apply(({ hint }) => hint ?? "");
    this.registerOutputs({ deployment: this.deployment, url: this.url, hint: this.hint });
  }
}
