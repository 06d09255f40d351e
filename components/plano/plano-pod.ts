import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../../standin/image";
import type { BundledProgram } from "../image/bundled-program";
import { appNames, credentials, labelsOf, ports, selectorOf } from "../names";
import { restrictedContainer, rootPod, unprivilegedPod } from "../pod-security";
import { drain, livenessProbe, redisWatch } from "./redis-watch/redis-watch";

/** What the gateway's pods are made of. */
export interface PlanoPodArgs {
  /** Which program the image holds. */
  readonly gateway: "plano" | "standin";
  readonly image: pulumi.Input<string>;
  /** The stand-in, where the image holds only Node.js. */
  readonly bundled?: BundledProgram;
  /** ConfigMap with `plano_config.yaml` and the script of the Redis watch. */
  readonly configMap: pulumi.Input<string>;
  /** The stack's own Redis as `host:port`; an external one is in the Secret. */
  readonly redisAddress: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when the configuration or a credential does: the gateway reads both only at start. */
  readonly checksum: pulumi.Input<string>;
  /** Bug that the stand-in shall have; `none` for no bug. */
  readonly standinFault: string;
  /** How long a replica that ends may take to answer what it was asked, in seconds. */
  readonly drainSeconds: number;
}

/** What is left after the drain, in seconds: the official image's supervisor gives its programs ten to end. */
const stopSeconds = 15;

const configFolder = "/app/config";

/** The template of the gateway's pods. */
export function planoPodTemplate(args: PlanoPodArgs): inputs.core.v1.PodTemplateSpec {
  const mount = { name: "config", mountPath: configFolder, readOnly: true };
  return {
    metadata: {
      labels: labelsOf(appNames.gateway),
      annotations: { "plano-affinity/checksum": args.checksum, "kubectl.kubernetes.io/default-container": "gateway" },
    },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: args.drainSeconds + stopSeconds,
      // The official image sets no USER, and its supervisor starts as root.
      securityContext: args.gateway === "standin" ? unprivilegedPod(standinImage.uid) : rootPod,
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: selectorOf(appNames.gateway) },
        },
      ],
      initContainers: [redisWatch({ ...args, folder: configFolder, env: redisEnvironment(args), mount })],
      containers: [
        {
          name: "gateway",
          image: args.image,
          command: args.bundled?.command,
          imagePullPolicy: "IfNotPresent",
          ports: [
            { name: "http", containerPort: ports.gateway },
            { name: "metrics", containerPort: ports.gatewayMetrics },
          ],
          env: environment(args),
          ...probes(args.gateway),
          lifecycle: drain,
          resources: resources[args.gateway],
          securityContext: args.gateway === "standin" ? restrictedContainer : { allowPrivilegeEscalation: false },
          volumeMounts: [mount, ...(args.bundled ? [args.bundled.mount] : [])],
        },
      ],
      volumes: [{ name: "config", configMap: { name: args.configMap } }, ...(args.bundled ? [args.bundled.volume] : [])],
    },
  };
}

function fromSecret(args: PlanoPodArgs, key: string): inputs.core.v1.EnvVar {
  return { name: key, valueFrom: { secretKeyRef: { name: args.secretName, key, optional: true } } };
}

/** What it takes to find Redis; containers see nothing that they do not need. */
function redisEnvironment(args: PlanoPodArgs): inputs.core.v1.EnvVar[] {
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    fromSecret(args, credentials.redisPassword),
    fromSecret(args, credentials.redisUrl),
  ];
}

function environment(args: PlanoPodArgs): inputs.core.v1.EnvVar[] {
  return [
    ...redisEnvironment(args),
    { name: "PLANO_CONFIG_FILE", value: `${configFolder}/plano_config.yaml` },
    fromSecret(args, credentials.openaiApiKey),
    ...(args.gateway === "standin" ? [{ name: "STANDIN_FAULT", value: args.standinFault }] : []),
  ];
}

/** The official image starts a proxy, a supervisor and Python: give it a minute more. */
const startupLimitSeconds = { plano: 120, standin: 60 } as const;

function probes(gateway: PlanoPodArgs["gateway"]) {
  const health = { httpGet: { path: "/healthz", port: "http" }, timeoutSeconds: 3 };
  return {
    startupProbe: { ...health, periodSeconds: 1, failureThreshold: startupLimitSeconds[gateway] },
    readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe,
  };
}

/** The autoscaler's CPU target is a share of the request, so the request is what one replica needs when busy. */
const resources = {
  plano: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  standin: { requests: { cpu: "200m", memory: "96Mi" }, limits: { memory: "256Mi" } },
} as const;
