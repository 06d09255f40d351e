import * as pulumi from "@pulumi/pulumi";
import { type Address, findNode, httpUrl, throughPortForward } from "../plano/address";
import { componentOf, manifest } from "../manifest";
import { appNames, nodePorts, ports } from "../names";
import type { PlanoStackArgs } from "../plano-stack-args";
import { container, containerPorts, type Place, podOf, probesOf } from "../pod";
import { deployment, entrances, metadataOf, podsOf, service, verifierPod } from "../workload";

type Given = "jaegerStorage" | "storageClass" | "nodePortsAnswer" | "nodeAddress" | "jaegerPort" | "kubectl";

/** Arguments of {@link Jaeger}. */
export interface JaegerArgs extends Place, Pick<PlanoStackArgs, Given> {
  /** Jaeger's all-in-one image; its own entry point is used. */
  readonly image: pulumi.Input<string>;
  /** Content of the cluster's kubeconfig, to look for a node that answers. Default: none is looked for. */
  readonly kubeconfig?: pulumi.Input<string>;
}

/** User of the official Jaeger image. */
const jaegerUser = 10_001;

/** Where the volume is. */
const folder = "/badger";

export function jaegerObjects(args: JaegerArgs) {
  const { jaegerStorage: storage, storageClass, nodePortsAnswer } = args;
  const app = appNames.jaeger;
  const { jaegerUi: ui, otlpGrpc, otlpHttp, jaegerHealth: health } = ports;
  // It may be bound only once the pod that uses it is there.
  const unawaited = metadataOf(args, app, "jaeger-data", { "pulumi.com/skipAwait": "true" });
  const claim = { accessModes: ["ReadWriteOnce"], storageClassName: storageClass };
  const pod = podOf(args, jaegerUser, 5, {
    containers: [
      container("jaeger", args.image, ["50m", "128Mi", "512Mi"], {
        ...storageOf(storage),
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
    ...(nodePortsAnswer && { ui: service(metadataOf(args, app, "jaeger-ui"), app, {}, { type: "NodePort", ports: [uiPort] }) }),
    "from-gateway": entrances(args, "jaeger-from-gateway", app, [
      { ports: [otlpGrpc, otlpHttp], from: [podsOf(appNames.gateway)] },
      // A node's port hides who asks.
      { ports: [ui], from: nodePortsAnswer ? "anyone" : [verifierPod] },
    ]),
  };
}

/** Jaeger 1.76: Badger is the storage that needs no server of its own. */
function storageOf(storage: string | undefined) {
  if (storage === undefined) return { args: ["--memory.max-traces=20000"] };
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
export class Jaeger extends componentOf("Jaeger", jaegerObjects, { main: ["data"], service: ["main"], ui: ["main"] }) {
  /** Name of the service, known once Jaeger is ready. */
  readonly service: pulumi.Output<string>;
  /** Where people and programs ask for traces, from here. */
  readonly url: pulumi.Output<string>;
  /** Command that has to run before `url` answers; empty: none. Pulumi warns of outputs that are undefined. */
  readonly hint: pulumi.Output<string>;

  constructor(name: string, args: JaegerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
    this.service = this.made.service.metadata.name;
    const { kubectl = "kubectl", namespace, nodePortsAnswer, nodeAddress, jaegerPort, kubeconfig } = args;
    const facts = pulumi.all([
      this.service,
      namespace,
      nodeAddress,
      jaegerPort ?? nodePorts.jaegerUi,
      kubeconfig,
      this.made.ui?.urn,
    ]);
    // As with the gateway's, it takes the kubeconfig to find a node, and its address is no secret.
    const address: pulumi.Output<Address> = pulumi.unsecret(
      facts.apply(async ([service, home, host, port, content]) => {
        if (nodePortsAnswer && host !== undefined && port !== undefined) return { url: httpUrl(host, port) };
        const node = nodePortsAnswer && content ? await findNode(content, nodePorts.jaegerUi) : undefined;
        if (node !== undefined) return { url: httpUrl(node, nodePorts.jaegerUi) };
        return throughPortForward({ kubectl, namespace: home, service, port: ports.jaegerUi });
      }),
    );
    this.url = address.url;
    this.hint = address.apply(({ hint }) => hint ?? "");
  }
}
