import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../../standin/image";
import { runBundled } from "../image/bundled-program";
import { appNames, credentials, ports, serviceHost } from "../names";
import { derived } from "../outputs";
import type { PlanoStackArgs } from "../plano-stack-args";
import { container, containerPorts, fromSecret, type Place, podOf, rootPod } from "../pod";
import { trustIn } from "../trust";
import { spreadOverNodes } from "../workload";
import { drain, livenessProbe, redisWatch } from "./redis-watch/redis-watch";

type Given = "gateway" | "image" | "minReplicas" | "maxReplicas" | "cpuTarget" | "drainSeconds" | "serviceType" | "ingress";
type Optional = "program" | "standinFault" | "caBundle" | "nodeAddress" | "kubectl";

/** Arguments of the component `Plano`. */
export interface PlanoArgs extends Place, Required<Pick<PlanoStackArgs, Given>>, Pick<PlanoStackArgs, Optional> {
  /** Text of `plano_config.yaml`. */
  readonly config: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Variables that the configuration names, and the Secrets that have them under the same names. */
  readonly variables: readonly { readonly name: string; readonly secret: pulumi.Input<string> }[];
  /** Ports of the configuration's listeners beside the model listener. */
  readonly furtherPorts: readonly number[];
  /** What a verifier asks for that is told nothing else, as JSON. Default: its own. */
  readonly proof?: string;
  /** Changes when a credential does. */
  readonly credentialsChecksum: pulumi.Input<string>;
  /** Content of the cluster's kubeconfig, to look for a node that answers. Default: none is looked for. */
  readonly kubeconfig?: pulumi.Input<string>;
}

/** What is left after the drain, in seconds: the official image's supervisor gives its programs ten to end. */
const stopSeconds = 15;

const configFolder = "/app/config";

/** ConfigMap with `plano_config.yaml` and the script of the Redis watch. */
export const planoConfigMap = "plano-config";

/** The gateway's pod. */
export function planoPod(args: PlanoArgs): inputs.core.v1.PodSpec {
  const { gateway, drainSeconds, program } = args;
  const app = appNames.gateway;
  const bundled = program === undefined ? undefined : runBundled(app, program);
  const mount = { name: "config", mountPath: configFolder, readOnly: true };
  const redisAddress = derived([args.namespace], (it) => `${serviceHost(appNames.redis, it)}:${ports.redis}`);
  const trust = trustIn(args.secretName, { ...args, hasCaBundle: args.caBundle !== undefined });
  const env = [...redisEnvironment(args), ...trust.env];
  return podOf(args, standinImage.uid, drainSeconds + stopSeconds, {
    // The official image sets no USER, and its supervisor starts as root.
    ...(gateway === "plano" && { securityContext: rootPod }),
    topologySpreadConstraints: spreadOverNodes(app),
    initContainers: [...trust.init, redisWatch({ ...args, redisAddress, env, mount, moreMounts: trust.mounts })],
    containers: [
      container("gateway", args.image, resources[gateway], {
        command: bundled?.command,
        ports: containerPorts({ http: ports.gateway, metrics: ports.gatewayMetrics, ...listenerPorts(args.furtherPorts) }),
        env: [...environment(args), ...trust.env],
        ...probes(gateway),
        lifecycle: { ...drain, ...(gateway === "plano" && { postStart: { exec: { command: ["sh", "-c", boundLogs] } } }) },
        ...(gateway === "plano" && { securityContext: { allowPrivilegeEscalation: false } }),
        volumeMounts: [mount, ...trust.mounts, ...(bundled ? [bundled.mount] : [])],
      }),
    ],
    volumes: [{ name: "config", configMap: { name: planoConfigMap } }, ...trust.volumes, ...(bundled ? [bundled.volume] : [])],
  });
}

/** Ports of listeners beside the model listener, by their names in pods and Services. */
export function listenerPorts(further: readonly number[]): { readonly [name: string]: number } {
  return Object.fromEntries(further.map((port) => [`listener-${port}`, port]));
}

/** What it takes to find Redis; containers see nothing that they do not need. */
function redisEnvironment({ secretName }: PlanoArgs): inputs.core.v1.EnvVar[] {
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    fromSecret(secretName, credentials.redisPassword, credentials.redisPassword, true),
    fromSecret(secretName, credentials.redisUrl, credentials.redisUrl, true),
  ];
}

function environment(args: PlanoArgs): inputs.core.v1.EnvVar[] {
  return [
    ...redisEnvironment(args),
    { name: "PLANO_CONFIG_FILE", value: `${configFolder}/plano_config.yaml` },
    ...args.variables.map(({ name, secret }) => fromSecret(secret, name)),
    ...(args.gateway === "standin" ? [{ name: "STANDIN_FAULT", value: args.standinFault ?? "none" }] : planoEnvironment),
  ];
}

/**
 * The image starts its configuration generator with `uv run`, which makes an environment of its own for the project at
 * every start of the container, from PyPI. What it needs is installed already (`supervisord.conf` and `Dockerfile` of
 * Plano 0.4.19 to 0.4.36).
 */
const planoEnvironment = [
  { name: "UV_NO_SYNC", value: "1" },
  { name: "UV_PROJECT_ENVIRONMENT", value: "/usr/local" },
];

/** Plano's programs write 2 KB a request to files in the container and never rotate them. All of it goes to stdout as well. */
const boundLogs = "(while sleep 60; do find /var/log -name '*.log' -size +1M -exec truncate -s 0 {} +; done) >/dev/null 2>&1 &";

/** The official image starts a proxy, a supervisor and Python: give it a minute more. */
const startupLimitSeconds = { plano: 120, standin: 60 } as const;

function probes(gateway: PlanoArgs["gateway"]) {
  // Plano's proxy answers /healthz by itself, however the process behind it is; this one is the process' own.
  const health = { httpGet: { path: "/v1/models", port: "http" }, timeoutSeconds: 5 };
  return {
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: startupLimitSeconds[gateway] },
    readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe,
  };
}

/** The autoscaler's CPU target is a share of the request, so the request is what one replica needs when busy. */
const resources = {
  // The kubelet counts what is written into the container and its standard output, which it keeps 50 MiB of.
  plano: ["250m", "512Mi", "2Gi", ["128Mi", "1Gi"]],
  standin: ["200m", "96Mi", "256Mi"],
} as const;
