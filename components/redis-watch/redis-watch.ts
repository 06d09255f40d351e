import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { standinImage } from "../../clusters/standin-image";
import { ports } from "../names";
import { restrictedContainer } from "../pod-security";

/** What the watch is made for. */
export interface RedisWatchArgs {
  /** Which program the image holds, and so which interpreter. */
  readonly gateway: "plano" | "standin";
  /** The gateway's image. */
  readonly image: pulumi.Input<string>;
  /** Folder of the container that holds the ConfigMap with {@link watchFile}. */
  readonly folder: string;
  /** The Redis of the stack as `host:port`; unused where `env` has `REDIS_URL`. */
  readonly redisAddress: pulumi.Input<string>;
  /** `POD_NAME` and the credentials of Redis. */
  readonly env: inputs.core.v1.EnvVar[];
  /** The mount of the ConfigMap. */
  readonly mount: inputs.core.v1.VolumeMount;
}

/** Replicas that lost Redis together restart at least this far apart: longer than a restart takes. */
const spacingSeconds = 5;

const scripts = {
  plano: { file: "watch.py", interpreter: "python3" },
  standin: { file: "watch.cjs", interpreter: "node" },
} as const;

/** The watch's script: name in the ConfigMap → text. */
export function watchFile(gateway: RedisWatchArgs["gateway"]): { readonly [name: string]: string } {
  const { file } = scripts[gateway];
  return { [file]: readFileSync(join(__dirname, file), "utf8") };
}

/**
 * A container beside the gateway that says whether the gateway has lost its Redis for good. A program of its own and
 * not a probe's command: starting an interpreter every few seconds would cost more CPU than the gateway at rest.
 */
export function redisWatch(args: RedisWatchArgs): inputs.core.v1.Container {
  const { file, interpreter } = scripts[args.gateway];
  return {
    name: "redis-watch",
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    command: [interpreter, `${args.folder}/${file}`, args.redisAddress, String(spacingSeconds)],
    ports: [{ name: "alive", containerPort: ports.redisWatch }],
    env: args.env,
    resources: redisWatchResources,
    securityContext: { ...restrictedContainer, runAsNonRoot: true, runAsUser: standinImage.uid },
    volumeMounts: [args.mount],
  };
}

/** What the watch asks for; the autoscaler counts it with the gateway's. */
export const redisWatchResources = { requests: { cpu: "5m", memory: "32Mi" }, limits: { memory: "128Mi" } } as const;

/**
 * The gateway's liveness: `/healthz` says nothing of Redis, and Plano up to 0.4.31 does not connect again. A Redis that
 * is slow or away restarts nobody: the watch asks it first.
 */
export const livenessProbe: inputs.core.v1.Probe = {
  httpGet: { path: "/", port: ports.redisWatch },
  periodSeconds: 2,
  // The watch itself asks the gateway three times, for five seconds each.
  timeoutSeconds: 20,
  // Once may be the watch that starts again.
  failureThreshold: 2,
  // Without its Redis a replica breaks the promise with every request: do not let it finish at leisure.
  terminationGracePeriodSeconds: 1,
};
