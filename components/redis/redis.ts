import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { checksum } from "../checksum";
import { appNames, labelsOf, ports, selectorOf } from "../names";
import { accessFiles } from "./redis-access";
import { entrances } from "../network-policy";
import { redisConf } from "./redis-config";
import { makeFailover } from "./redis-failover";
import { redisPod } from "./redis-pod";

/** Arguments of {@link Redis}. */
export interface RedisArgs {
  readonly namespace: pulumi.Input<string>;
  /** Image that holds `redis-server` and `redis-cli`; no shell is needed. */
  readonly image: pulumi.Input<string>;
  /** Letters and digits only. */
  readonly password: pulumi.Input<string>;
  /** Name of the Secret that also holds the password, for the probes. */
  readonly secretName: pulumi.Input<string>;
  /** Memory for data, as redis.conf writes it. */
  readonly maxMemory: string;
  /** Size of the volume, as Kubernetes writes it. */
  readonly storage: string;
  /** StorageClass of the volume. Default: the cluster's default one. */
  readonly storageClass?: string;
  /** For three Redises of which any may die: the image that holds `haproxy`. Default: a single Redis. */
  readonly haproxyImage?: pulumi.Input<string>;
}

/**
 * The Redis that holds the sessions' pins: one replica with an append-only file on a volume, or three behind one address.
 * Both have the same objects under the same names, so that a change from one to the other is made in place.
 */
export class Redis extends pulumi.ComponentResource {
  /** Host that pods of the cluster connect to, known once Redis is ready. */
  readonly service: pulumi.Output<string>;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Redis", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = (objectName: string) => ({ name: objectName, namespace: args.namespace, labels: labelsOf(appNames.redis) });
    const members = args.haproxyImage === undefined ? 1 : 3;
    const conf = redisConf(args.maxMemory, members > 1);
    // Known to Redis' own pods and to nobody else.
    const memberPassword =
      members > 1
        ? new random.RandomPassword(`${name}-member-password`, { length: 32, special: false }, { parent: this }).result
        : undefined;
    const access = pulumi
      .all([pulumi.secret(args.password), memberPassword])
      .apply(([password, ofMembers]) => accessFiles(password, ofMembers));

    const config = new core.ConfigMap(
      `${name}-config`,
      { metadata: metadata("redis-config"), data: { "redis.conf": conf } },
      child,
    );
    const authSecret = new core.Secret(`${name}-auth`, { metadata: metadata("redis-auth"), stringData: access }, child);
    const headless = new core.Service(
      `${name}-headless`,
      {
        metadata: metadata("redis-headless"),
        spec: {
          clusterIP: "None",
          selector: selectorOf(appNames.redis),
          ports: [{ name: "redis", port: ports.redis, targetPort: "redis" }],
          // Members find each other before they are ready.
          publishNotReadyAddresses: members > 1,
        },
      },
      child,
    );
    const auth = { authSecret: authSecret.metadata.name };
    const single = redisPod({ ...args, ...auth, configMap: config.metadata.name });
    const { haproxyImage } = args;
    const clients = [{ app: appNames.gateway }, "verifier"] as const;
    const failover =
      haproxyImage === undefined ? undefined : makeFailover(name, { ...args, ...auth, haproxyImage, single, clients }, child);
    const statefulSet = new apps.StatefulSet(
      name,
      {
        metadata: metadata(appNames.redis),
        spec: {
          replicas: members,
          // A member that cannot start must not keep the others from it.
          podManagementPolicy: "Parallel",
          // Time for a member to catch up before the next one is replaced.
          minReadySeconds: members > 1 ? 10 : 0,
          serviceName: headless.metadata.name,
          selector: { matchLabels: selectorOf(appNames.redis) },
          template: {
            metadata: {
              labels: labelsOf(appNames.redis),
              annotations: {
                "plano-affinity/checksum": pulumi.unsecret(access.apply((files) => checksum(conf, JSON.stringify(files)))),
              },
            },
            spec: failover?.pod ?? single,
          },
          volumeClaimTemplates: [
            {
              metadata: { name: "data" },
              spec: {
                accessModes: ["ReadWriteOnce"],
                storageClassName: args.storageClass,
                resources: { requests: { storage: args.storage } },
              },
            },
          ],
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
        },
      },
      child,
    );
    const service = new core.Service(
      `${name}-service`,
      {
        metadata: metadata(appNames.redis),
        spec: {
          selector: selectorOf(failover === undefined ? appNames.redis : appNames.redisProxy),
          ports: [{ name: "redis", port: ports.redis, targetPort: "redis" }],
        },
      },
      { ...child, dependsOn: failover === undefined ? statefulSet : [statefulSet, failover.proxy] },
    );
    new networking.NetworkPolicy(
      `${name}-from-gateway`,
      entrances("redis-from-gateway", args.namespace, appNames.redis, [
        { ports: [ports.redis], from: failover === undefined ? clients : [...clients, ...failover.members] },
        ...(failover?.entrances ?? []),
      ]),
      child,
    );

    this.service = service.metadata.name;
    this.registerOutputs({ service: this.service });
  }
}
