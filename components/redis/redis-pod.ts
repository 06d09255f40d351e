import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { credentials, ports } from "../names";
import { restrictedContainer, unprivilegedPod } from "../pod-security";
import { redisMemoryLimitMib, redisPaths } from "./redis-config";

/** What Redis' pod is made of. */
export interface RedisPodArgs {
  /** Image that holds `redis-server` and `redis-cli`; no shell is needed. */
  readonly image: pulumi.Input<string>;
  /** Memory for data, as redis.conf writes it. */
  readonly maxMemory: string;
  /** Secret with the password, for the probes. */
  readonly secretName: pulumi.Input<string>;
  /** ConfigMap with redis.conf. */
  readonly configMap: pulumi.Input<string>;
  /** Secret with the files about passwords. */
  readonly authSecret: pulumi.Input<string>;
}

/** User of the official Redis image. */
const redisUser = 999;

/** The pod of a single Redis. */
export function redisPod(args: RedisPodArgs): inputs.core.v1.PodSpec {
  const limitMib = redisMemoryLimitMib(args.maxMemory);
  // `-e` turns an error reply (loading, wrong password) into a failing exit code.
  const ping = { exec: { command: ["redis-cli", "-e", "ping"] }, timeoutSeconds: 3 };
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 10,
    securityContext: unprivilegedPod(redisUser),
    containers: [
      {
        name: "redis",
        image: args.image,
        imagePullPolicy: "IfNotPresent",
        command: ["redis-server", `${redisPaths.config}/redis.conf`],
        ports: [{ name: "redis", containerPort: ports.redis }],
        env: [{ name: "REDISCLI_AUTH", valueFrom: { secretKeyRef: { name: args.secretName, key: credentials.redisPassword } } }],
        startupProbe: { ...ping, periodSeconds: 1, failureThreshold: 60 },
        readinessProbe: { ...ping, periodSeconds: 5, failureThreshold: 2 },
        livenessProbe: { ...ping, periodSeconds: 10, failureThreshold: 3 },
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: `${limitMib}Mi` } },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: "data", mountPath: redisPaths.data },
          { name: "config", mountPath: redisPaths.config, readOnly: true },
          { name: "auth", mountPath: redisPaths.auth, readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: "config", configMap: { name: args.configMap } },
      { name: "auth", secret: { secretName: args.authSecret } },
    ],
  };
}
