import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as policy from "@pulumi/kubernetes/policy/v1";
import * as pulumi from "@pulumi/pulumi";
import { checksum } from "../checksum";
import { appNames, credentials, labelsOf, ports, selectorOf } from "../names";
import { restrictedContainer, unprivilegedPod } from "../pod-security";
import { proxyHealthPort } from "./redis-failover-config";

/** Arguments of {@link makeRedisProxy}. */
export interface RedisProxyArgs {
  readonly namespace: pulumi.Input<string>;
  /** Image that holds `haproxy`. */
  readonly image: pulumi.Input<string>;
  /** Text of haproxy.cfg. */
  readonly config: pulumi.Input<string>;
  /** Secret with Redis' password. */
  readonly secretName: pulumi.Input<string>;
  /** That password: the proxy reads it only at its start. */
  readonly password: pulumi.Input<string>;
}

/** User of the official HAProxy image. */
const haproxyUser = 99;

const configFolder = "/usr/local/etc/haproxy";

/** Two HAProxies that lead clients to Redis' master. @returns their Deployment */
export function makeRedisProxy(name: string, args: RedisProxyArgs, child: pulumi.CustomResourceOptions): apps.Deployment {
  const app = appNames.redisProxy;
  const metadata = (objectName: string) => ({ name: objectName, namespace: args.namespace, labels: labelsOf(app) });
  const config = new core.ConfigMap(`${name}-config`, { metadata: metadata(app), data: { "haproxy.cfg": args.config } }, child);
  const contents = pulumi.all([args.config, pulumi.secret(args.password)]);
  const health = (path: string) => ({ httpGet: { path, port: "health" }, timeoutSeconds: 3 });
  new policy.PodDisruptionBudget(
    `${name}-disruption-budget`,
    { metadata: metadata(app), spec: { maxUnavailable: 1, selector: { matchLabels: selectorOf(app) } } },
    child,
  );
  return new apps.Deployment(
    name,
    {
      metadata: metadata(app),
      spec: {
        replicas: 2,
        selector: { matchLabels: selectorOf(app) },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: {
            labels: labelsOf(app),
            annotations: { "plano-affinity/checksum": pulumi.unsecret(contents.apply((texts) => checksum(...texts))) },
          },
          spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 10,
            securityContext: unprivilegedPod(haproxyUser),
            topologySpreadConstraints: [
              {
                maxSkew: 1,
                topologyKey: "kubernetes.io/hostname",
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector: { matchLabels: selectorOf(app) },
              },
            ],
            containers: [
              {
                name: "haproxy",
                image: args.image,
                imagePullPolicy: "IfNotPresent",
                command: ["haproxy", "-db", "-f", `${configFolder}/haproxy.cfg`],
                ports: [
                  { name: "redis", containerPort: ports.redis },
                  { name: "health", containerPort: proxyHealthPort },
                ],
                env: [
                  {
                    name: credentials.redisPassword,
                    valueFrom: { secretKeyRef: { name: args.secretName, key: credentials.redisPassword } },
                  },
                ],
                // Until the first check is over, HAProxy takes every member for the master.
                startupProbe: { ...health("/ready"), initialDelaySeconds: 4, periodSeconds: 1, failureThreshold: 120 },
                // A failover takes less; whoever sees no master for longer is cut off, and the other may see it.
                readinessProbe: { ...health("/ready"), periodSeconds: 3, failureThreshold: 10 },
                livenessProbe: { ...health("/alive"), periodSeconds: 10, failureThreshold: 3 },
                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                securityContext: restrictedContainer,
                volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: config.metadata.name } }],
          },
        },
      },
    },
    child,
  );
}
