import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { appNames, credentials, ports, selectorOf } from "../names";
import { derived } from "../outputs";
import type { PlanoStackArgs } from "../plano-stack-args";
import { container, containerPorts, fromSecret, type Place, podOf, probesOf } from "../pod";
import { lookScript, memberPasswordKey, redisMemoryLimitMib, redisPaths, sentinelPort, stateFiles } from "./redis-files";

/** Arguments of the component `Redis`. */
export interface RedisArgs extends Place, Required<Pick<PlanoStackArgs, "redisMaxMemory" | "redisStorage">> {
  /** Image that holds `redis-server`, `redis-cli`, `cp` and `sh`. */
  readonly image: pulumi.Input<string>;
  /** Letters and digits only. */
  readonly password: pulumi.Input<string>;
  /** Of the user by which people look. */
  readonly lookPassword: pulumi.Input<string>;
  /** Of the user by which the verifier makes Redis slow. */
  readonly pausePassword: pulumi.Input<string>;
  /** Name of the Secret that also holds the password, for the probes. */
  readonly secretName: pulumi.Input<string>;
  /** StorageClass of the volume. Default: the cluster's default one. */
  readonly storageClass?: string;
  /** For three Redises of which any may die: the image that holds `haproxy`. Default: a single Redis. */
  readonly haproxyImage?: pulumi.Input<string>;
}

/** What a member of a Redis of three also needs. */
export interface MemberArgs {
  /** Names the files on the volume: members that were a single Redis in between must not remember who was master before. */
  readonly groupId: pulumi.Input<string>;
  /** Domain of the members: `redis-headless.<namespace>.svc.cluster.local`. */
  readonly domain: pulumi.Input<string>;
}

const redisUser = 999;

/** What Redis' pods mount: a ConfigMap with redis.conf, Secrets with what is about passwords, and with what members begin with. */
export const redisMounted = { config: "redis-config", auth: "redis-auth", seeds: "redis-seeds" } as const;

const data = { name: "data", mountPath: redisPaths.data };
const auth = { name: "auth", mountPath: redisPaths.auth, readOnly: true };

const look = { name: "config", mountPath: lookScript.path, subPath: lookScript.name, readOnly: true };

/** `-e` turns an error reply (loading, wrong password) into a failing exit code. */
const ping = (...options: readonly string[]) => probesOf({ exec: { command: ["redis-cli", "-e", ...options, "ping"] } });

/** The pod of a single Redis, or of one member: with a Sentinel, which votes on who is master. */
export function redisPod(args: RedisArgs, member?: MemberArgs): inputs.core.v1.PodSpec {
  const limit = `${redisMemoryLimitMib(args.redisMaxMemory)}Mi`;
  const conf = `${redisPaths.config}/redis.conf`;
  const redis = container("redis", args.image, ["50m", "64Mi", limit], {
    command: ["redis-server", conf],
    ports: containerPorts({ redis: ports.redis }),
    env: [fromSecret(args.secretName, credentials.redisPassword, "REDISCLI_AUTH")],
    ...ping(),
    volumeMounts: [data, { name: "config", mountPath: redisPaths.config, readOnly: true }, auth, look],
  });
  const volumes = [
    { name: "config", configMap: { name: redisMounted.config, defaultMode: 0o755 } },
    { name: "auth", secret: { secretName: redisMounted.auth } },
  ];
  return podOf(args, redisUser, 10, {
    containers: [redis],
    volumes,
    ...(member && memberParts(args, member, redis, conf, volumes)),
  });
}

/** Where the files are that a member begins with. */
const seedFolder = "/etc/redis/seeds";

/** Kubernetes itself fills in `$(POD_NAME)`, without a shell. */
const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };

function memberParts(
  { image }: RedisArgs,
  { groupId, domain }: MemberArgs,
  redis: inputs.core.v1.Container,
  conf: string,
  volumes: readonly inputs.core.v1.Volume[],
): inputs.core.v1.PodSpec {
  const file = (of: "redis" | "sentinel") => derived([groupId], (id) => stateFiles(id)[of]);
  const seed = (name: "redis" | "sentinel"): inputs.core.v1.Container =>
    container(`seed-${name}`, image, ["10m", "8Mi", "32Mi"], {
      // What Sentinel has written since the first start is kept.
      command: ["cp", "--no-clobber", `${seedFolder}/$(POD_NAME).${name}.conf`, file(name)],
      env: [podName],
      volumeMounts: [data, { name: "seeds", mountPath: seedFolder, readOnly: true }],
    });
  const labelSelector = { matchLabels: selectorOf(appNames.redis) };
  const elsewhere = { weight: 100, podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector } };
  const announced = derived([domain], (it) => `$(POD_NAME).${it}`);
  return {
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [elsewhere] } },
    initContainers: [seed("redis"), seed("sentinel")],
    containers: [
      {
        ...redis,
        // What is on the command line counts more than the file that is rewritten.
        command: ["redis-server", file("redis"), "--include", conf, "--replica-announce-ip", announced],
        env: [podName, ...(redis.env as inputs.core.v1.EnvVar[])],
      },
      container("sentinel", image, ["20m", "16Mi", "64Mi"], {
        // The passwords of now, whatever they were when Sentinel last wrote its file.
        command: ["redis-server", file("sentinel"), "--include", `${redisPaths.auth}/sentinel.conf`, "--sentinel"],
        ports: containerPorts({ sentinel: sentinelPort }),
        env: [fromSecret(redisMounted.auth, memberPasswordKey, "REDISCLI_AUTH")],
        ...ping("-p", String(sentinelPort)),
        volumeMounts: [data, auth],
      }),
    ],
    volumes: [...volumes, { name: "seeds", secret: { secretName: redisMounted.seeds } }],
  };
}
