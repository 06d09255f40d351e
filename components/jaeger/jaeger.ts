import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { type Address, httpUrl, throughPortForward } from "../plano/address";
import { appNames, labelsOf, nodePorts, ports, selectorOf } from "../names";
import { entrances } from "../network-policy";
import { restrictedContainer, unprivilegedPod } from "../pod-security";

/** Arguments of {@link Jaeger}. */
export interface JaegerArgs {
  readonly namespace: pulumi.Input<string>;
  /** Jaeger's all-in-one image; its own entry point is used. */
  readonly image: pulumi.Input<string>;
  /** Also answer on the node's port 31686; false: inside the cluster only. */
  readonly onNodePort: boolean;
  /** Host on which node ports answer; undefined where that is not known. */
  readonly nodeAddress: pulumi.Input<string | undefined>;
  /** Port of that host at which the node's port answers; undefined inside: at none. Default: the same port. */
  readonly nodePort?: pulumi.Input<number | undefined>;
  /** kubectl with the options that reach the cluster, for the command that opens a tunnel. Default `kubectl`. */
  readonly kubectl?: string;
  /** Traces kept in memory before the oldest go; unused with `storage`. Default 20,000. */
  readonly maxTraces?: number;
  /** Size of a volume for the traces, as Kubernetes writes it. Default: they are kept in memory. */
  readonly storage?: string;
  /** StorageClass of the volume. Default: the cluster's default one. */
  readonly storageClass?: string;
}

/** User of the official Jaeger image. */
const jaegerUser = 10_001;

/** Jaeger with its traces in memory or on a volume: takes OTLP, answers questions about traces. */
export class Jaeger extends pulumi.ComponentResource {
  /** Name of the service, known once Jaeger is ready. */
  readonly service: pulumi.Output<string>;
  /** Where people and programs ask for traces, from here. */
  readonly url: pulumi.Output<string>;
  /** Command that has to run before `url` answers; empty: none. Pulumi warns of outputs that are undefined. */
  readonly hint: pulumi.Output<string>;

  constructor(name: string, args: JaegerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:Jaeger", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = (objectName: string) => ({ name: objectName, namespace: args.namespace, labels: labelsOf(appNames.jaeger) });

    const { storage, storageClass } = args;
    const volume =
      storage === undefined
        ? undefined
        : new core.PersistentVolumeClaim(
            `${name}-data`,
            {
              // It may be bound only once the pod that uses it is there.
              metadata: { ...metadata("jaeger-data"), annotations: { "pulumi.com/skipAwait": "true" } },
              spec: { accessModes: ["ReadWriteOnce"], storageClassName: storageClass, resources: { requests: { storage } } },
            },
            child,
          );
    const deployment = new apps.Deployment(
      name,
      {
        metadata: metadata(appNames.jaeger),
        spec: {
          replicas: 1,
          strategy: { type: "Recreate" },
          selector: { matchLabels: selectorOf(appNames.jaeger) },
          template: {
            metadata: { labels: labelsOf(appNames.jaeger) },
            spec: {
              automountServiceAccountToken: false,
              terminationGracePeriodSeconds: 5,
              securityContext: unprivilegedPod(jaegerUser),
              containers: [jaegerContainer(args)],
              volumes: [
                { name: "tmp", emptyDir: {} },
                ...(volume ? [{ name: "data", persistentVolumeClaim: { claimName: volume.metadata.name } }] : []),
              ],
            },
          },
        },
      },
      child,
    );
    const service = new core.Service(
      `${name}-service`,
      {
        metadata: metadata(appNames.jaeger),
        spec: {
          selector: selectorOf(appNames.jaeger),
          ports: [
            { name: "ui", port: ports.jaegerUi, targetPort: "ui" },
            { name: "otlp-grpc", port: ports.otlpGrpc, targetPort: "otlp-grpc" },
            { name: "otlp-http", port: ports.otlpHttp, targetPort: "otlp-http" },
          ],
        },
      },
      { ...child, dependsOn: deployment },
    );
    if (args.onNodePort) {
      new core.Service(
        `${name}-ui`,
        {
          metadata: metadata("jaeger-ui"),
          spec: {
            type: "NodePort",
            selector: selectorOf(appNames.jaeger),
            ports: [{ name: "ui", port: ports.jaegerUi, targetPort: "ui", nodePort: nodePorts.jaegerUi }],
          },
        },
        { ...child, dependsOn: deployment },
      );
    }

    new networking.NetworkPolicy(
      `${name}-from-gateway`,
      entrances("jaeger-from-gateway", args.namespace, appNames.jaeger, [
        { ports: [ports.otlpGrpc, ports.otlpHttp], from: [{ app: appNames.gateway }] },
        // A node's port hides who asks.
        { ports: [ports.jaegerUi], from: [args.onNodePort ? "anyone" : "verifier"] },
      ]),
      child,
    );

    this.service = service.metadata.name;
    const { kubectl = "kubectl" } = args;
    const address: pulumi.Output<Address> = pulumi
      .all([this.service, args.namespace, args.nodeAddress, args.nodePort ?? nodePorts.jaegerUi])
      .apply(([serviceName, namespace, node, port]) =>
        args.onNodePort && node !== undefined && port !== undefined
          ? { url: httpUrl(node, port) }
          : throughPortForward({ kubectl, namespace, service: serviceName, port: ports.jaegerUi }),
      );
    this.url = address.url;
    this.hint = address.apply(({ hint }) => hint ?? "");
    this.registerOutputs({ service: this.service, url: this.url, hint: this.hint });
  }
}

function jaegerContainer(args: JaegerArgs) {
  const probe = { httpGet: { path: "/", port: "health" }, timeoutSeconds: 3 };
  return {
    name: "jaeger",
    image: args.image,
    imagePullPolicy: "IfNotPresent",
    ...storageOf(args),
    ports: [
      { name: "ui", containerPort: ports.jaegerUi },
      { name: "otlp-grpc", containerPort: ports.otlpGrpc },
      { name: "otlp-http", containerPort: ports.otlpHttp },
      { name: "health", containerPort: ports.jaegerHealth },
    ],
    startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
    resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } },
    securityContext: restrictedContainer,
    volumeMounts: [
      { name: "tmp", mountPath: "/tmp" },
      ...(args.storage === undefined ? [] : [{ name: "data", mountPath: folder }]),
    ],
  };
}

/** Where the volume is. */
const folder = "/badger";

/** Jaeger 1.76: Badger is the storage that needs no server of its own. */
function storageOf({ storage, maxTraces = 20_000 }: JaegerArgs) {
  if (storage === undefined) return { args: [`--memory.max-traces=${maxTraces}`] };
  return {
    env: [{ name: "SPAN_STORAGE_TYPE", value: "badger" }],
    args: [
      "--badger.ephemeral=false",
      `--badger.directory-key=${folder}/keys`,
      `--badger.directory-value=${folder}/values`,
      // What an `up` has proved can be looked up a week later.
      "--badger.span-store-ttl=168h",
    ],
  };
}
