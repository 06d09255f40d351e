import type { input as inputs } from "@pulumi/kubernetes/types";
import type * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../clusters/standin-image";
import { appNames, credentials, labelsOf, ports, selectorOf } from "./names";
import { restrictedContainer, rootPod, unprivilegedPod } from "./pod-security";

/** What the gateway's pods are made of. */
export interface PlanoPodArgs {
  /** Which program the image holds. */
  readonly gateway: "plano" | "standin";
  readonly image: pulumi.Input<string>;
  /** ConfigMap with `plano_config.yaml`. */
  readonly configMap: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when the configuration or a credential does: the gateway reads both only at start. */
  readonly checksum: pulumi.Input<string>;
  /** Bug that the stand-in shall have; `none` for no bug. */
  readonly standinFault: string;
}

/** Time for endpoints to forget a pod before it stops, in seconds; Plano 0.4.27 itself does not drain. */
const drainSeconds = 5;

const configFolder = "/app/config";

/** The template of the gateway's pods. */
export function planoPodTemplate(args: PlanoPodArgs): inputs.core.v1.PodTemplateSpec {
  return {
    metadata: { labels: labelsOf(appNames.gateway), annotations: { "plano-affinity/checksum": args.checksum } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: drainSeconds + 25,
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
      containers: [
        {
          name: "gateway",
          image: args.image,
          imagePullPolicy: "IfNotPresent",
          ports: [
            { name: "http", containerPort: ports.gateway },
            { name: "metrics", containerPort: ports.gatewayMetrics },
          ],
          env: environment(args),
          ...probes(args.gateway),
          // The native sleep needs no shell in the image.
          lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
          resources: resources[args.gateway],
          securityContext: args.gateway === "standin" ? restrictedContainer : { allowPrivilegeEscalation: false },
          volumeMounts: [{ name: "config", mountPath: configFolder, readOnly: true }],
        },
      ],
      volumes: [{ name: "config", configMap: { name: args.configMap } }],
    },
  };
}

function environment(args: PlanoPodArgs): inputs.core.v1.EnvVar[] {
  const secret = (key: string) => ({ name: key, valueFrom: { secretKeyRef: { name: args.secretName, key, optional: true } } });
  return [
    { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "PLANO_CONFIG_FILE", value: `${configFolder}/plano_config.yaml` },
    secret(credentials.redisPassword),
    secret(credentials.redisUrl),
    secret(credentials.openaiApiKey),
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
    livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 3 },
  };
}

/** The autoscaler's CPU target is a share of the request, so the request is what one replica needs when busy. */
const resources = {
  plano: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "2Gi" } },
  standin: { requests: { cpu: "200m", memory: "96Mi" }, limits: { memory: "256Mi" } },
} as const;
