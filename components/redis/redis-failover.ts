import type * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import type { input as inputs } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type AppName, appNames, labelsOf, ports, selectorOf, serviceHost } from "../names";
import { type Entrance, entrances } from "../network-policy";
import { haproxyConf, redisMembers, seedFiles, sentinelPort } from "./redis-failover-config";
import { failoverPod } from "./redis-failover-pod";
import { makeRedisProxy } from "./redis-proxy";

/** Arguments of {@link makeFailover}. */
export interface FailoverArgs {
  readonly namespace: pulumi.Input<string>;
  /** Image that holds `redis-server`, `redis-cli` and `cp`. */
  readonly image: pulumi.Input<string>;
  readonly haproxyImage: pulumi.Input<string>;
  /** Letters and digits only. */
  readonly password: pulumi.Input<string>;
  /** Secret that also holds the password. */
  readonly secretName: pulumi.Input<string>;
  /** Secret with the files about passwords. */
  readonly authSecret: pulumi.Input<string>;
  /** The pod of a single Redis. */
  readonly single: inputs.core.v1.PodSpec;
  /** Who may reach Redis. */
  readonly clients: Entrance["from"];
}

/** What makes three Redises out of one. */
export interface Failover {
  /** The pod of one of them. */
  readonly pod: inputs.core.v1.PodSpec;
  /** What leads clients to the master. */
  readonly proxy: apps.Deployment;
  /** Who else may reach Redis' port: the members among themselves, and the proxy. */
  readonly members: Entrance["from"];
  /** Which other ports may be reached. */
  readonly entrances: readonly Entrance[];
}

/** Sentinel, which makes a replica the master when the master dies, and the proxy that leads to whoever is it. */
export function makeFailover(name: string, args: FailoverArgs, child: pulumi.CustomResourceOptions): Failover {
  const { namespace, image, secretName, authSecret, password } = args;
  const metadata = (objectName: string, app: AppName) => ({
    name: objectName,
    namespace,
    labels: labelsOf(app),
  });
  const domain = pulumi.output(namespace).apply((it) => serviceHost("redis-headless", it));
  // Members that were a single Redis in between must not remember who was master before.
  const id = new random.RandomString(`${name}-group`, { length: 8, special: false, upper: false }, { parent: child.parent });
  const seeds = domain.apply((it) => seedFiles((member) => `${member}.${it}`));
  const secret = new core.Secret(
    `${name}-seeds`,
    { metadata: metadata("redis-seeds", appNames.redis), stringData: seeds },
    child,
  );
  new policy.PodDisruptionBudget(
    `${name}-disruption-budget`,
    {
      metadata: metadata("redis", appNames.redis),
      spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(appNames.redis) } },
    },
    child,
  );
  const addresses = redisMembers.map((member) => {
    const service = new core.Service(
      `${name}-${member}`,
      {
        // Its address is needed before there are pods.
        metadata: { ...metadata(member, appNames.redis), annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          selector: { "statefulset.kubernetes.io/pod-name": member },
          ports: [{ name: "redis", port: ports.redis, targetPort: "redis" }],
          publishNotReadyAddresses: true,
        },
      },
      child,
    );
    return service.spec.clusterIP;
  });
  const config = pulumi.all(addresses).apply((known) => {
    const hosts = known.map((it) => (it.includes(":") ? `[${it}]` : it));
    return haproxyConf((member) => hosts[redisMembers.findIndex((it) => it === member)] ?? "");
  });
  const proxy = makeRedisProxy(`${name}-proxy`, { namespace, image: args.haproxyImage, config, secretName, password }, child);
  new networking.NetworkPolicy(
    `${name}-proxy-from-gateway`,
    entrances("redis-proxy-from-gateway", namespace, appNames.redisProxy, [{ ports: [ports.redis], from: args.clients }]),
    child,
  );
  const members = { app: appNames.redis };
  return {
    pod: failoverPod({ single: args.single, image, seeds: secret.metadata.name, id: id.result, domain, authSecret }),
    proxy,
    members: [members, { app: appNames.redisProxy }],
    entrances: [{ ports: [sentinelPort], from: [members] }],
  };
}
