import type * as pulumi from "@pulumi/pulumi";
import { fingerprint } from "../checksum";
import { manifest } from "../manifest";
import { appNames, credentials, ports } from "../names";
import { proxyHealthPort } from "./redis-failover-config";
import {
  container,
  containerPorts,
  deployment,
  disruptionBudget,
  fromSecret,
  metadataOf,
  type Place,
  podOf,
  rolling,
  spreadOverNodes,
} from "../workload";

/** What the proxy's objects depend on. */
export interface RedisProxyArgs extends Place {
  /** Image that holds `haproxy`. */
  readonly haproxyImage: pulumi.Input<string>;
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

/** Two HAProxies that lead clients to Redis' master. */
export function redisProxyObjects(args: RedisProxyArgs) {
  const app = appNames.redisProxy;
  const health = (path: string) => ({ httpGet: { path, port: "health" }, timeoutSeconds: 3 });
  const pod = podOf(args, haproxyUser, 10, {
    topologySpreadConstraints: spreadOverNodes(app),
    containers: [
      container("haproxy", args.haproxyImage, ["20m", "32Mi", "128Mi"], {
        command: ["haproxy", "-db", "-f", `${configFolder}/haproxy.cfg`],
        ports: containerPorts({ redis: ports.redis, health: proxyHealthPort }),
        env: [fromSecret(args.secretName, credentials.redisPassword)],
        // Until the first check is over, HAProxy takes every member for the master.
        startupProbe: { ...health("/ready"), initialDelaySeconds: 4, periodSeconds: 1, failureThreshold: 120 },
        // A failover is quicker. A proxy that sees no master for longer is cut off; the other one may see it.
        readinessProbe: { ...health("/ready"), periodSeconds: 3, failureThreshold: 10 },
        livenessProbe: { ...health("/alive"), periodSeconds: 10, failureThreshold: 3 },
        volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
      }),
    ],
    volumes: [{ name: "config", configMap: { name: app } }],
  });
  const annotations = { "plano-affinity/checksum": fingerprint(args.config, args.password) };
  return {
    "proxy-config": manifest("ConfigMap", metadataOf(args, app), { data: { "haproxy.cfg": args.config } }),
    "proxy-disruption-budget": disruptionBudget(args, app),
    proxy: deployment(args, app, { replicas: 2, strategy: rolling, annotations, pod }),
  };
}
