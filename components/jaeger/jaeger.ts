import * as pulumi from "@pulumi/pulumi";
import { type Address, httpUrl, throughPortForward } from "../plano/address";
import { makeObjects, manifest } from "../manifest";
import { appNames, nodePorts, ports } from "../names";
import { entrances } from "../network-policy";
import { container, containerPorts, deployment, metadataOf, type Place, podOf, probesOf, service } from "../workload";

/** What Jaeger's objects depend on. */
export interface JaegerObjectsArgs extends Place {
  /** Jaeger's all-in-one image; its own entry point is used. */
  readonly image: pulumi.Input<string>;
  /** Also answer on the node's port 31686; false: inside the cluster only. */
  readonly onNodePort: boolean;
  /** Traces kept in memory before the oldest go; unused with `storage`. Default 20,000. */
  readonly maxTraces?: number;
  /** Size of a volume for the traces, as Kubernetes writes it. Default: they are kept in memory. */
  readonly storage?: string;
  /** StorageClass of the volume. Default: the cluster's default one. */
  readonly storageClass?: string;
}

/** Arguments of {@link Jaeger}. */
export interface JaegerArgs extends JaegerObjectsArgs {
  /** Host on which node ports answer; undefined where that is not known. */
  readonly nodeAddress: pulumi.Input<string | undefined>;
  /** Port of that host at which the node's port answers; undefined inside: at none. Default: the same port. */
  readonly nodePort?: pulumi.Input<number | undefined>;
  /** kubectl with the options that reach the cluster, for the command that opens a tunnel. Default `kubectl`. */
  readonly kubectl?: string;
}

/** User of the official Jaeger image. */
const jaegerUser = 10_001;

/** Where the volume is. */
const folder = "/badger";

export function jaegerObjects(args: JaegerObjectsArgs) {
  const { storage, storageClass, onNodePort } = args;
  const app = appNames.jaeger;
  const { jaegerUi: ui, otlpGrpc, otlpHttp, jaegerHealth: health } = ports;
  // It may be bound only once the pod that uses it is there.
  const unawaited = metadataOf(args, app, "jaeger-data", { "pulumi.com/skipAwait": "true" });
  const claim = { accessModes: ["ReadWriteOnce"], storageClassName: storageClass };
  const pod = podOf(args, jaegerUser, 5, {
    containers: [
      container("jaeger", args.image, ["50m", "128Mi", "512Mi"], {
        ...storageOf(args),
        ports: containerPorts({ ui, "otlp-grpc": otlpGrpc, "otlp-http": otlpHttp, health }),
        ...probesOf({ httpGet: { path: "/", port: "health" } }),
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          ...(storage === undefined ? [] : [{ name: "data", mountPath: folder }]),
        ],
      }),
    ],
    volumes: [
      { name: "tmp", emptyDir: {} },
      ...(storage === undefined ? [] : [{ name: "data", persistentVolumeClaim: { claimName: "jaeger-data" } }]),
    ],
  });
  const uiPort = { name: "ui", port: ui, targetPort: "ui", nodePort: nodePorts.jaegerUi };
  return {
    ...(storage !== undefined && {
      data: manifest("PersistentVolumeClaim", unawaited, { spec: { ...claim, resources: { requests: { storage } } } }),
    }),
    main: deployment(args, app, { replicas: 1, strategy: { type: "Recreate" }, pod }),
    service: service(metadataOf(args, app), app, { ui, "otlp-grpc": otlpGrpc, "otlp-http": otlpHttp }),
    ...(onNodePort && { ui: service(metadataOf(args, app, "jaeger-ui"), app, {}, { type: "NodePort", ports: [uiPort] }) }),
    "from-gateway": entrances(args, "jaeger-from-gateway", app, [
      { ports: [otlpGrpc, otlpHttp], from: [{ app: appNames.gateway }] },
      // A node's port hides who asks.
      { ports: [ui], from: [onNodePort ? "anyone" : "verifier"] },
    ]),
  };
}

/** Jaeger 1.76: Badger is the storage that needs no server of its own. */
function storageOf({ storage, maxTraces = 20_000 }: JaegerObjectsArgs) {
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
    const made = makeObjects(name, jaegerObjects(args), child, { main: ["data"], service: ["main"], ui: ["main"] });

    this.service = made.service.metadata.name;
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
