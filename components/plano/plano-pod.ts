import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../../standin/image";
import type { IngressSettings } from "../../settings";
import { runBundled } from "../image/bundled-program";
import { derived } from "../checksum";
import type { ServiceType } from "./gateway-service";
import { appNames, credentials, ports, serviceHost } from "../names";
import { drain, livenessProbe, redisWatch } from "./redis-watch/redis-watch";
import { container, containerPorts, fromSecret, type Place, podOf, rootPod, spreadOverNodes } from "../workload";

/** What the gateway's objects depend on. */
export interface PlanoObjectsArgs extends Place {
  /** Which program the image holds. */
  readonly gateway: "plano" | "standin";
  readonly image: pulumi.Input<string>;
  /** The stand-in as a gzip file in base64, where the image holds only Node.js. Default: the image holds it. */
  readonly program?: pulumi.Input<string>;
  /** Text of `plano_config.yaml`. */
  readonly config: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when a credential does. */
  readonly credentialsChecksum: pulumi.Input<string>;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Percent of the CPU request above which replicas are added. */
  readonly cpuTarget: number;
  readonly serviceType: ServiceType;
  /** The gateway's own name, in addition to its Service. Default: none. */
  readonly ingress?: IngressSettings;
  /** How long a replica that ends may take to answer what it was asked, in seconds. Default 60. */
  readonly drainSeconds?: number;
  /** Bug of the stand-in. Default `none`. */
  readonly standinFault?: string;
}

export const defaultDrainSeconds = 60;

/** What is left after the drain, in seconds: the official image's supervisor gives its programs ten to end. */
const stopSeconds = 15;

const configFolder = "/app/config";

/** ConfigMap with `plano_config.yaml` and the script of the Redis watch. */
export const planoConfigMap = "plano-config";

/** The gateway's pod. */
export function planoPod(args: PlanoObjectsArgs): inputs.core.v1.PodSpec {
  const { gateway, drainSeconds = defaultDrainSeconds, program } = args;
  const app = appNames.gateway;
  const bundled = program === undefined ? undefined : runBundled(app, program);
  const mount = { name: "config", mountPath: configFolder, readOnly: true };
  const redisAddress = derived([args.namespace], (it) => `${serviceHost(appNames.redis, it)}:${ports.redis}`);
  const env = redisEnvironment(args);
  const watch = { gateway, image: args.image, redisAddress, drainSeconds, folder: configFolder, env, mount };
  return podOf(args, standinImage.uid, drainSeconds + stopSeconds, {
    // The official image sets no USER, and its supervisor starts as root.
    ...(gateway === "plano" && { securityContext: rootPod }),
    topologySpreadConstraints: spreadOverNodes(app),
    initContainers: [redisWatch(watch)],
    containers: [
      container("gateway", args.image, resources[gateway], {
        command: bundled?.command,
        ports: containerPorts({ http: ports.gateway, metrics: ports.gatewayMetrics }),
        env: environment(args),
        ...probes(gateway),
        lifecycle: drain,
        ...(gateway === "plano" && { securityContext: { allowPrivilegeEscalation: false } }),
        volumeMounts: [mount, ...(bundled ? [bundled.mount] : [])],
      }),
    ],
    volumes: [{ name: "config", configMap: { name: planoConfigMap } }, ...(bundled ? [bundled.volume] : [])],
  });
}

/** What it takes to find Redis; containers see nothing that they do not need. */
function redisEnvironment({ secretName }: PlanoObjectsArgs): inputs.core.v1.EnvVar[] {
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    fromSecret(secretName, credentials.redisPassword, credentials.redisPassword, true),
    fromSecret(secretName, credentials.redisUrl, credentials.redisUrl, true),
  ];
}

function environment(args: PlanoObjectsArgs): inputs.core.v1.EnvVar[] {
  return [
    ...redisEnvironment(args),
    { name: "PLANO_CONFIG_FILE", value: `${configFolder}/plano_config.yaml` },
    fromSecret(args.secretName, credentials.openaiApiKey, credentials.openaiApiKey, true),
    ...(args.gateway === "standin" ? [{ name: "STANDIN_FAULT", value: args.standinFault ?? "none" }] : []),
  ];
}

/** The official image starts a proxy, a supervisor and Python: give it a minute more. */
const startupLimitSeconds = { plano: 120, standin: 60 } as const;

function probes(gateway: PlanoObjectsArgs["gateway"]) {
  const health = { httpGet: { path: "/healthz", port: "http" }, timeoutSeconds: 3 };
  return {
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: startupLimitSeconds[gateway] },
    readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe,
  };
}

/** The autoscaler's CPU target is a share of the request, so the request is what one replica needs when busy. */
const resources = { plano: ["250m", "512Mi", "2Gi"], standin: ["200m", "96Mi", "256Mi"] } as const;
