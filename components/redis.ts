import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import type { input as inputs } from "@pulumi/kubernetes/types";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "./checksum";
import { appNames, credentials, labelsOf, ports, selectorOf } from "./names";
import { restrictedContainer, unprivilegedPod } from "./pod-security";
import { redisAuthConf, redisConf, redisMemoryLimitMib, redisPaths } from "./redis-config";

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
}

/** User of the official Redis image. */
const redisUser = 999;

/** Label of the pod that `verify --in-cluster` makes; the verifier knows nothing of this program, nor this of it. */
const verifierInCluster = { "app.kubernetes.io/name": "plano-affinity-verify" };

/** The Redis that holds the sessions' pins: one replica with an append-only file on a volume. */
export class Redis extends pulumi.ComponentResource {
  /** Host that pods of the cluster connect to, known once Redis is ready. */
  readonly service: pulumi.Output<string>;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Redis", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = (objectName: string) => ({ name: objectName, namespace: args.namespace, labels: labelsOf(appNames.redis) });
    const conf = redisConf(args.maxMemory);
    const auth = pulumi.secret(args.password).apply(redisAuthConf);

    const config = new core.ConfigMap(
      `${name}-config`,
      { metadata: metadata("redis-config"), data: { "redis.conf": conf } },
      child,
    );
    const authSecret = new core.Secret(
      `${name}-auth`,
      { metadata: metadata("redis-auth"), stringData: { "auth.conf": auth } },
      child,
    );
    const headless = new core.Service(
      `${name}-headless`,
      {
        metadata: metadata("redis-headless"),
        spec: {
          clusterIP: "None",
          selector: selectorOf(appNames.redis),
          ports: [{ name: "redis", port: ports.redis, targetPort: "redis" }],
        },
      },
      child,
    );
    const statefulSet = new apps.StatefulSet(
      name,
      {
        metadata: metadata(appNames.redis),
        spec: {
          replicas: 1,
          serviceName: headless.metadata.name,
          selector: { matchLabels: selectorOf(appNames.redis) },
          template: {
            metadata: {
              labels: labelsOf(appNames.redis),
              annotations: { "plano-affinity/checksum": pulumi.unsecret(auth.apply((text) => checksum(conf, text))) },
            },
            spec: redisPod(args, config.metadata.name, authSecret.metadata.name),
          },
          volumeClaimTemplates: [
            {
              metadata: { name: "data" },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: args.storage } } },
            },
          ],
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Retain" },
        },
      },
      child,
    );
    const service = new core.Service(
      `${name}-service`,
      {
        metadata: metadata(appNames.redis),
        spec: { selector: selectorOf(appNames.redis), ports: [{ name: "redis", port: ports.redis, targetPort: "redis" }] },
      },
      { ...child, dependsOn: statefulSet },
    );
    new networking.NetworkPolicy(
      `${name}-from-gateway`,
      {
        metadata: metadata("redis-from-gateway"),
        spec: {
          podSelector: { matchLabels: selectorOf(appNames.redis) },
          policyTypes: ["Ingress"],
          ingress: [
            {
              from: [
                { podSelector: { matchLabels: selectorOf(appNames.gateway) } },
                { podSelector: { matchLabels: verifierInCluster } },
              ],
              ports: [{ protocol: "TCP", port: ports.redis }],
            },
          ],
        },
      },
      child,
    );

    this.service = service.metadata.name;
    this.registerOutputs({ service: this.service });
  }
}

function redisPod(args: RedisArgs, configMap: pulumi.Input<string>, authSecret: pulumi.Input<string>): inputs.core.v1.PodSpec {
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
      { name: "config", configMap: { name: configMap } },
      { name: "auth", secret: { secretName: authSecret } },
    ],
  };
}
