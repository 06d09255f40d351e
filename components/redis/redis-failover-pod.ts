import type { input as inputs } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import { appNames, selectorOf } from "../names";
import { restrictedContainer } from "../pod-security";
import { memberPasswordKey } from "./redis-access";
import { redisPaths } from "./redis-config";
import { sentinelPort, stateFiles } from "./redis-failover-config";

/** What the pods of a Redis with failover are made of, besides the pod of a single one. */
export interface FailoverPodArgs {
  /** The pod of a single Redis. */
  readonly single: inputs.core.v1.PodSpec;
  readonly image: pulumi.Input<string>;
  /** Secret with the files that a member begins with. */
  readonly seeds: pulumi.Input<string>;
  /** Names the files on the volume; a new one begins a new life of the group. */
  readonly id: pulumi.Input<string>;
  /** Domain of the members: `redis-headless.<namespace>.svc.cluster.local`. */
  readonly domain: pulumi.Input<string>;
  /** Secret with the files about passwords, which the pod of a single Redis mounts as the volume `auth`. */
  readonly authSecret: pulumi.Input<string>;
}

/** Where the files are that a member begins with. */
const seedFolder = "/etc/redis/seeds";

/** Kubernetes itself fills in `$(POD_NAME)`, without a shell. */
const podName = { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } };

/** The pod of one member: Redis, and the Sentinel that votes on who is master. */
export function failoverPod(args: FailoverPodArgs): inputs.core.v1.PodSpec {
  const files = pulumi.output(args.id).apply(stateFiles);
  const data = { name: "data", mountPath: redisPaths.data };
  const image = { image: args.image, imagePullPolicy: "IfNotPresent" };
  const [redis] = args.single.containers as inputs.core.v1.Container[];
  const auth = { name: "REDISCLI_AUTH", valueFrom: { secretKeyRef: { name: args.authSecret, key: memberPasswordKey } } };
  const seed = (name: "redis" | "sentinel"): inputs.core.v1.Container => ({
    name: `seed-${name}`,
    ...image,
    // What Sentinel has written since the first start is kept.
    command: ["cp", "--no-clobber", `${seedFolder}/$(POD_NAME).${name}.conf`, files[name]],
    env: [podName],
    resources: { requests: { cpu: "10m", memory: "8Mi" }, limits: { memory: "32Mi" } },
    securityContext: restrictedContainer,
    volumeMounts: [data, { name: "seeds", mountPath: seedFolder, readOnly: true }],
  });
  const ping = { exec: { command: ["redis-cli", "-e", "-p", String(sentinelPort), "ping"] }, timeoutSeconds: 3 };
  return {
    ...args.single,
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              topologyKey: "kubernetes.io/hostname",
              labelSelector: { matchLabels: selectorOf(appNames.redis) },
            },
          },
        ],
      },
    },
    initContainers: [seed("redis"), seed("sentinel")],
    containers: [
      {
        ...redis,
        name: "redis",
        // What is on the command line counts more than the file that is rewritten.
        command: [
          "redis-server",
          files.redis,
          "--include",
          `${redisPaths.config}/redis.conf`,
          "--replica-announce-ip",
          pulumi.interpolate`$(POD_NAME).${args.domain}`,
        ],
        env: [podName, ...((redis?.env ?? []) as inputs.core.v1.EnvVar[])],
      },
      {
        name: "sentinel",
        ...image,
        // The passwords of now, whatever they were when Sentinel last wrote its file.
        command: ["redis-server", files.sentinel, "--include", `${redisPaths.auth}/sentinel.conf`, "--sentinel"],
        ports: [{ name: "sentinel", containerPort: sentinelPort }],
        env: [auth],
        startupProbe: { ...ping, periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { ...ping, periodSeconds: 5, failureThreshold: 2 },
        livenessProbe: { ...ping, periodSeconds: 10, failureThreshold: 3 },
        resources: { requests: { cpu: "20m", memory: "16Mi" }, limits: { memory: "64Mi" } },
        securityContext: restrictedContainer,
        volumeMounts: [data, { name: "auth", mountPath: redisPaths.auth, readOnly: true }],
      },
    ],
    volumes: [...((args.single.volumes ?? []) as inputs.core.v1.Volume[]), { name: "seeds", secret: { secretName: args.seeds } }],
  };
}
