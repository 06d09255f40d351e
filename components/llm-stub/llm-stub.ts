import * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../../standin/image";
import { BundledProgram, runBundled } from "../image/bundled-program";
import { makeObjects } from "../manifest";
import { appNames, ports } from "../names";
import { container, containerPorts, type Place, podOf, probesOf } from "../pod";
import { deployment, entrances, metadataOf, podsOf, service } from "../workload";

/** Arguments of {@link LlmStub}. */
export interface LlmStubArgs extends Place {
  /** The stand-in image, which also holds the stub. */
  readonly image: pulumi.Input<string>;
  /** The stub as a gzip file in base64, where the image holds only Node.js. Default: the image holds it. */
  readonly program?: pulumi.Input<string>;
  /** Models that it lists, and has prices for. */
  readonly models: readonly string[];
}

export function llmStubObjects(args: LlmStubArgs) {
  const app = appNames.stub;
  const http = ports.stub;
  const bundled = args.program === undefined ? undefined : runBundled(app, args.program);
  const pod = podOf(args, standinImage.uid, 5, {
    containers: [
      container("llm-stub", args.image, ["50m", "64Mi", "256Mi"], {
        ...(bundled ? { command: bundled.command, volumeMounts: [bundled.mount] } : { args: ["/app/stub.js"] }),
        ports: containerPorts({ http }),
        env: [
          { name: "STUB_PORT", value: String(http) },
          { name: "STUB_LATENCY_MS", value: "0" },
          { name: "STUB_MODELS", value: args.models.join(",") },
        ],
        ...probesOf({ httpGet: { path: "/healthz", port: "http" } }),
        // For a moment nodes still send connections here, and those that come after its end would hang.
        lifecycle: { preStop: { sleep: { seconds: 3 } } },
      }),
    ],
    volumes: bundled && [bundled.volume],
  });
  const annotations = bundled && { "plano-affinity/program": bundled.checksum };
  return {
    main: deployment(args, app, { replicas: 1, annotations, pod }),
    service: service(metadataOf(args, app), app, { http }),
    "from-gateway": entrances(args, "llm-stub-from-gateway", app, [{ ports: [http], from: [podsOf(appNames.gateway)] }]),
  };
}

/** An OpenAI-compatible upstream that answers without a model, and chooses routes for the gateway. */
export class LlmStub extends pulumi.ComponentResource {
  /** Name of the service, known once the stub is ready. */
  readonly service: pulumi.Output<string>;

  constructor(name: string, args: LlmStubArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:LlmStub", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const { program } = args;
    const bundled =
      program === undefined ? undefined : new BundledProgram(`${name}-program`, { ...args, app: appNames.stub, program }, child);
    const made = makeObjects(name, llmStubObjects(args), child, { main: [bundled], service: ["main"] });
    this.service = made.service.metadata.name;
    this.registerOutputs({ service: this.service });
  }
}
