import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { makeObjects, manifest } from "../manifest";
import { appNames, ports, selectorOf, serviceHost } from "../names";
import { derived, fingerprint } from "../outputs";
import type { Place } from "../pod";
import { disruptionBudget, entrances, metadataOf, podsOf, podTemplate, service, verifierPod } from "../workload";
import { accessFiles, lookScript, redisConf, redisMembers, seedFiles, sentinelPort } from "./redis-files";
import { type MemberArgs, type RedisArgs, redisMounted, redisPod } from "./redis-pod";
import { haproxyConf, redisProxyObjects } from "./redis-proxy";

/** What makes three Redises out of one. */
export interface FailoverArgs extends Pick<MemberArgs, "groupId"> {
  readonly haproxyImage: pulumi.Input<string>;
  /** Only Redis' own pods know it. */
  readonly memberPassword: pulumi.Input<string>;
  /** Addresses of {@link redisMemberServices}, in their order. */
  readonly addresses: pulumi.Input<string>[];
}

const app = appNames.redis;
const clients = [podsOf(appNames.gateway), verifierPod];
const headless = "redis-headless";

/** A service for each member of a Redis of three: the proxy needs addresses that stay. */
export function redisMemberServices(place: Place) {
  const own = redisMembers.map((member) => {
    // Its address is needed before there are pods.
    const metadata = metadataOf(place, app, member, { "pulumi.com/skipAwait": "true" });
    const spec = { selector: { "statefulset.kubernetes.io/pod-name": member }, publishNotReadyAddresses: true };
    return [member, service(metadata, app, { redis: ports.redis }, spec)] as const;
  });
  return Object.fromEntries(own);
}

/** A single Redis, or three. Both have the same objects under the same names, so that one changes into the other in place. */
export function redisObjects(args: RedisArgs, failover?: FailoverArgs) {
  const conf = redisConf(args.redisMaxMemory, failover !== undefined);
  const { password, lookPassword, pausePassword } = args;
  const passwords = [password, lookPassword, pausePassword, ...(failover ? [failover.memberPassword] : [])];
  const access = derived(passwords, accessFiles);
  const domain = derived([args.namespace], (it) => serviceHost(headless, it));
  const accessText = derived([access], (files) => JSON.stringify(files));
  const port = { redis: ports.redis };
  const metadata = metadataOf(args, app);
  const claim = { accessModes: ["ReadWriteOnce"], storageClassName: args.storageClass };
  return {
    config: manifest("ConfigMap", metadataOf(args, app, redisMounted.config), {
      data: { "redis.conf": conf, [lookScript.name]: lookScript.text },
    }),
    auth: manifest("Secret", metadataOf(args, app, redisMounted.auth), { stringData: access }),
    // Under these names the verifier, which knows nothing of this program, looks for it. No pod mounts it.
    pause: manifest("Secret", metadataOf(args, app, "redis-pause"), { stringData: { password: pausePassword } }),
    // Members find each other before they are ready.
    headless: service(metadataOf(args, app, headless), app, port, {
      clusterIP: "None",
      publishNotReadyAddresses: failover !== undefined,
    }),
    ...(failover && failoverObjects(args, failover, domain)),
    main: manifest("StatefulSet", metadata, {
      spec: {
        replicas: failover ? redisMembers.length : 1,
        // A member that cannot start must not keep the others from it.
        podManagementPolicy: "Parallel",
        // Time for a member to catch up before the next one is replaced.
        minReadySeconds: failover ? 10 : 0,
        serviceName: headless,
        selector: { matchLabels: selectorOf(app) },
        template: podTemplate(args, app, redisPod(args, failover && { ...failover, domain }), {
          "plano-affinity/checksum": fingerprint(conf, lookScript.text, accessText),
        }),
        volumeClaimTemplates: [
          { metadata: { name: "data" }, spec: { ...claim, resources: { requests: { storage: args.redisStorage } } } },
        ],
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
      },
    }),
    service: service(metadata, failover ? appNames.haproxy : app, port),
    "from-gateway": entrances(args, "redis-from-gateway", app, [
      { ports: [ports.redis], from: failover ? [...clients, podsOf(app), podsOf(appNames.haproxy)] : clients },
      ...(failover ? [{ ports: [sentinelPort], from: [podsOf(app)] }] : []),
    ]),
  };
}

/** Sentinel makes a replica the master when the master dies; the proxy leads to whichever is the master. */
function failoverObjects(args: RedisArgs, { haproxyImage, addresses }: FailoverArgs, domain: pulumi.Input<string>) {
  const seeds = derived([domain], (it) => seedFiles((member) => `${member}.${it}`));
  const config = derived(addresses, (...known) => haproxyConf(known));
  return {
    seeds: manifest("Secret", metadataOf(args, app, redisMounted.seeds), { stringData: seeds }),
    "disruption-budget": disruptionBudget(args, app),
    ...redisProxyObjects(args, haproxyImage, config),
    "proxy-from-gateway": entrances(args, "redis-proxy-from-gateway", appNames.haproxy, [
      { ports: [ports.redis], from: clients },
    ]),
  };
}

/** The Redis that holds the sessions' pins: one replica with an append-only file on a volume, or three behind one address. */
export class Redis extends pulumi.ComponentResource {
  /** Host that pods of the cluster connect to, known once Redis is ready. */
  readonly service: pulumi.Output<string>;

  constructor(name: string, args: Omit<RedisArgs, "lookPassword" | "pausePassword">, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Redis", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const { haproxyImage } = args;
    const failover = haproxyImage === undefined ? undefined : { haproxyImage, ...this.#failover(name, args, child) };
    const passwords = { lookPassword: this.#password(name, "look"), pausePassword: this.#password(name, "pause") };
    const objects = redisObjects({ ...args, ...passwords, password: pulumi.secret(args.password) }, failover);
    const made = makeObjects(name, objects, child, {
      proxy: ["proxy-config"],
      main: ["config", "auth", "headless", "seeds"],
      service: ["main", "proxy"],
    });
    this.service = made.service.metadata.name;
    this.registerOutputs({ service: this.service });
  }

  #password(name: string, of: string): pulumi.Output<string> {
    return new random.RandomPassword(`${name}-${of}-password`, { length: 32, special: false }, { parent: this }).result;
  }

  #failover(name: string, place: Place, child: pulumi.CustomResourceOptions): Omit<FailoverArgs, "haproxyImage"> {
    const members = makeObjects(name, redisMemberServices(place), child);
    return {
      memberPassword: this.#password(name, "member"),
      groupId: new random.RandomString(`${name}-group`, { length: 8, upper: false, special: false }, { parent: this }).result,
      addresses: redisMembers.map((member) => members[member]?.spec.clusterIP ?? ""),
    };
  }
}
