import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { hostInUrl } from "../../lib/net";
import { manifest } from "../manifest";
import { appNames, credentials, ports } from "../names";
import { fingerprint } from "../outputs";
import { container, containerPorts, fromSecret, podOf } from "../pod";
import { deployment, disruptionBudget, metadataOf, rolling, spreadOverNodes } from "../workload";
import { redisMembers } from "./redis-files";
import type { RedisArgs } from "./redis-pod";

const healthPort = 8_404;

const haproxyUser = 99;

const configFolder = "/usr/local/etc/haproxy";

/** Two HAProxies that lead clients to Redis' master. @param config text of haproxy.cfg */
export function redisProxyObjects(args: RedisArgs, haproxyImage: pulumi.Input<string>, config: pulumi.Input<string>) {
  const app = appNames.haproxy;
  const health = (path: string) => ({ httpGet: { path, port: "health" }, timeoutSeconds: 3 });
  const pod = podOf(args, haproxyUser, 10, {
    topologySpreadConstraints: spreadOverNodes(app),
    containers: [
      container("haproxy", haproxyImage, ["20m", "32Mi", "128Mi"], {
        command: ["haproxy", "-db", "-f", `${configFolder}/haproxy.cfg`],
        ports: containerPorts({ redis: ports.redis, health: healthPort }),
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
  // The proxy reads the password only at its start.
  const annotations = { "plano-affinity/checksum": fingerprint(config, args.password) };
  return {
    "proxy-config": manifest("ConfigMap", metadataOf(args, app), { data: { "haproxy.cfg": config } }),
    "proxy-disruption-budget": disruptionBudget(args, app),
    proxy: deployment(args, app, { replicas: 2, strategy: rolling, annotations, pod }),
  };
}

/**
 * The proxy's configuration: it leads to the member that takes writes, and to no other. A master that comes back after a
 * failover takes itself for one until Sentinel tells it otherwise, but has no replica then, and so is never chosen.
 *
 * Members are named by addresses that stay: HAProxy before 3.1 takes a server whose name resolves again for healthy until
 * the next check. Valid for HAProxy 2.6 to 3.0. The password is a variable of the environment.
 *
 * @param addresses of the members' own services, in their order
 */
export function haproxyConf(addresses: readonly string[]): string {
  const hosts = addresses.map(hostInUrl);
  const servers = redisMembers.map((member, index) => `  server ${member} ${hosts[index]}:${ports.redis}`);
  return readFileSync(join(__dirname, "haproxy.cfg"), "utf8").replace("  # Members", servers.join("\n"));
}
