import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { standinImage } from "../../../standin/image";
import { ports } from "../../names";
import type { PlanoStackArgs } from "../../plano-stack-args";
import { container, containerPorts, restrictedContainer } from "../../pod";

/** What the watch is made for; it runs in the gateway's image. */
export interface RedisWatchArgs extends Required<Pick<PlanoStackArgs, "gateway" | "image" | "drainSeconds">> {
  /** The Redis of the stack as `host:port`; unused where `env` has `REDIS_URL`. */
  readonly redisAddress: pulumi.Input<string>;
  /** `POD_NAME` and the credentials of Redis. */
  readonly env: inputs.core.v1.EnvVar[];
  /** The mount of the ConfigMap with {@link watchFile}. */
  readonly mount: { readonly name: string; readonly mountPath: string; readonly readOnly: boolean };
  /** Of authorities of the user's own. */
  readonly moreMounts: readonly inputs.core.v1.VolumeMount[];
}

/**
 * Replicas that lost Redis together restart one after another: each as soon as the one before is there again, and after so
 * many seconds at the latest. Not the longest that a start may take: those that wait go on without their pins.
 */
const turnSeconds = { plano: 30, standin: 15 } as const;

/** Time for endpoints, proxies and load balancers to forget a pod that ends, in seconds: until then it is sent requests. */
const forgetSeconds = 5;

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
 * A side-car that says when Redis lets the pod in, whether the gateway has lost it for good, and when the gateway's clients
 * are served. Kubernetes (1.29 and later) starts it before the gateway and ends it after. The gateway gives up where it
 * finds no Redis, and network policies let a new pod in only once they know its address. It is not a probe's command:
 * starting an interpreter every few seconds would cost more CPU than the gateway at rest.
 */
export function redisWatch(args: RedisWatchArgs): inputs.core.v1.Container {
  const { gateway, mount } = args;
  const { file, interpreter } = scripts[gateway];
  const times = [turnSeconds[gateway], forgetSeconds, args.drainSeconds].map(String);
  return container("redis-watch", args.image, ["5m", "32Mi", "128Mi"], {
    restartPolicy: "Always",
    command: [interpreter, `${mount.mountPath}/${file}`, args.redisAddress, ...times],
    ports: containerPorts({ alive: ports.redisWatch }),
    env: args.env,
    startupProbe: {
      httpGet: { path: "/start", port: ports.redisWatch },
      periodSeconds: 1,
      timeoutSeconds: 5,
      // Starting the watch again would not bring Redis.
      failureThreshold: 3_600,
    },
    // A replica that is to restart gets no new clients: what is sent to it would be cut off.
    readinessProbe: {
      httpGet: { path: "/ready", port: ports.redisWatch },
      periodSeconds: 1,
      timeoutSeconds: 5,
      failureThreshold: 1,
    },
    securityContext: { ...restrictedContainer, runAsNonRoot: true, runAsUser: standinImage.uid },
    volumeMounts: [mount, ...args.moreMounts],
  });
}

/**
 * The gateway's liveness: the gateway says nothing of Redis, and Plano up to 0.4.31 does not connect again. A Redis that
 * is slow or down causes no restart: the watch asks it first.
 */
export const livenessProbe: inputs.core.v1.Probe = {
  httpGet: { path: "/", port: ports.redisWatch },
  periodSeconds: 2,
  // The watch itself asks the gateway three times, for five seconds each.
  timeoutSeconds: 20,
  // Once may be the watch that starts again.
  failureThreshold: 2,
  // The watch gave its clients a moment. Without its Redis a replica breaks the promise with every request.
  terminationGracePeriodSeconds: 1,
};

/**
 * Holds the gateway back from its end until no client is connected to the gateway, and for
 * {@link forgetSeconds} at least: neither Plano 0.4.27 nor the stand-in finishes its requests when it is told to end.
 *
 * A connection that is kept alive counts, whether a request is under way or not: the kernel's tables do not tell. Clients
 * that never close theirs hold a replica for the whole of `drainSeconds`.
 *
 * kubelet 1.34 asks the pod's address with `GET` and no limit of its own but the grace period, which goes on meanwhile.
 * It takes any status for done, and a connection that is refused or cut as well (event `FailedPreStopHook`): a watch that
 * is away ends the gateway at once. A restart by the {@link livenessProbe} gives the hook the probe's one second.
 */
export const drain: inputs.core.v1.Lifecycle = { preStop: { httpGet: { path: "/drain", port: ports.redisWatch } } };
