import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import { type Address, findNode, httpUrl, throughPortForward } from "../plano/address";
import { componentOf, manifest } from "../manifest";
import { appNames, nodePorts, ports } from "../names";
import type { PlanoStackArgs } from "../plano-stack-args";
import { container, containerPorts, type Place, podOf, probesOf } from "../pod";
import { deployment, entrances, metadataOf, podsOf, service, verifierPod } from "../workload";

type Given = "jaegerStorage" | "storageClass" | "nodePortsAnswer" | "nodeAddress" | "jaegerPort" | "kubectl";

/** Arguments of {@link Jaeger}. */
export interface JaegerArgs extends Place, Pick<PlanoStackArgs, Given> {
  /** Jaeger 2's image; its own entry point is used. */
  readonly image: pulumi.Input<string>;
  /** Content of the cluster's kubeconfig, to look for a node that answers. Default: none is looked for. */
  readonly kubeconfig?: pulumi.Input<string>;
}

const jaegerUser = 10_001;

/** The variable that holds its configuration: a pod with another one is another pod. */
const configVariable = "JAEGER_CONFIG";

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
        args: [`--config=env:${configVariable}`],
        env: [{ name: configVariable, value: stringify(configOf(storage)) }],
        ports: containerPorts({ ui, "otlp-grpc": otlpGrpc, "otlp-http": otlpHttp, health }),
        ...probesOf({ httpGet: { path: "/status", port: "health" } }),
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

/** Jaeger's configuration, which is one of the OpenTelemetry Collector's. Source: Jaeger 2.13, `cmd/jaeger/config-badger.yaml`. */
function configOf(storage: string | undefined) {
  const everywhere = (port: number) => ({ endpoint: `0.0.0.0:${port}` });
  // Badger is the storage that needs no server of its own. What an `up` has proved can be looked up a week later.
  const badger = {
    ephemeral: false,
    directories: { keys: `${folder}/keys`, values: `${folder}/values` },
    ttl: { spans: "168h" },
  };
  return {
    service: {
      extensions: ["jaeger_storage", "jaeger_query", "healthcheckv2"],
      pipelines: { traces: { receivers: ["otlp"], processors: ["batch"], exporters: ["jaeger_storage_exporter"] } },
      telemetry: { metrics: { level: "none" } },
    },
    extensions: {
      healthcheckv2: { use_v2: true, http: everywhere(ports.jaegerHealth) },
      // Else each question about traces would be a trace of its own.
      jaeger_query: { storage: { traces: "traces" }, enable_tracing: false, http: everywhere(ports.jaegerUi) },
      jaeger_storage: { backends: { traces: storage === undefined ? { memory: { max_traces: 20_000 } } : { badger } } },
    },
    receivers: { otlp: { protocols: { grpc: everywhere(ports.otlpGrpc), http: everywhere(ports.otlpHttp) } } },
    processors: { batch: {} },
    exporters: { jaeger_storage_exporter: { trace_storage: "traces" } },
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
