import * as apps from "@pulumi/kubernetes/apps/v1";
import * as core from "@pulumi/kubernetes/core/v1";
import * as networking from "@pulumi/kubernetes/networking/v1";
import * as pulumi from "@pulumi/pulumi";
import { standinImage } from "../../standin/image";
import { BundledProgram } from "../image/bundled-program";
import { appNames, labelsOf, ports, selectorOf } from "../names";
import { entrances } from "../network-policy";
import { restrictedContainer, unprivilegedPod } from "../pod-security";

/** Arguments of {@link LlmStub}. */
export interface LlmStubArgs {
  readonly namespace: pulumi.Input<string>;
  /** The stand-in image, which also holds the stub. */
  readonly image: pulumi.Input<string>;
  /** The stub as a gzip file in base64, where the image holds only Node.js. Default: the image holds it. */
  readonly program?: pulumi.Input<string>;
  /** Time that each answer takes, in milliseconds. Default 0. */
  readonly latencyMs?: number;
}

/** An OpenAI-compatible upstream that answers without a model, and chooses routes for the gateway. */
export class LlmStub extends pulumi.ComponentResource {
  /** Name of the service, known once the stub is ready. */
  readonly service: pulumi.Output<string>;

  constructor(name: string, args: LlmStubArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:LlmStub", name, {}, opts);
    const child = { parent: this, deletedWith: opts?.deletedWith };
    const metadata = { name: appNames.stub, namespace: args.namespace, labels: labelsOf(appNames.stub) };
    const probe = { httpGet: { path: "/healthz", port: "http" }, timeoutSeconds: 3 };

    const program =
      args.program === undefined ? undefined : { namespace: args.namespace, app: appNames.stub, program: args.program };
    const bundled = program && new BundledProgram(`${name}-program`, program, child);

    const deployment = new apps.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: selectorOf(appNames.stub) },
          template: {
            metadata: {
              labels: labelsOf(appNames.stub),
              annotations: bundled && { "plano-affinity/program": bundled.checksum },
            },
            spec: {
              automountServiceAccountToken: false,
              terminationGracePeriodSeconds: 5,
              securityContext: unprivilegedPod(standinImage.uid),
              containers: [
                {
                  name: "llm-stub",
                  image: args.image,
                  imagePullPolicy: "IfNotPresent",
                  ...(bundled ? { command: bundled.command, volumeMounts: [bundled.mount] } : { args: ["/app/stub.js"] }),
                  ports: [{ name: "http", containerPort: ports.stub }],
                  env: [
                    { name: "STUB_PORT", value: String(ports.stub) },
                    { name: "STUB_LATENCY_MS", value: String(args.latencyMs ?? 0) },
                  ],
                  startupProbe: { ...probe, periodSeconds: 1, failureThreshold: 60 },
                  readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 2 },
                  livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
                  resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
                  securityContext: restrictedContainer,
                },
              ],
              volumes: bundled && [bundled.volume],
            },
          },
        },
      },
      child,
    );
    const service = new core.Service(
      `${name}-service`,
      {
        metadata,
        spec: { selector: selectorOf(appNames.stub), ports: [{ name: "http", port: ports.stub, targetPort: "http" }] },
      },
      { ...child, dependsOn: deployment },
    );
    new networking.NetworkPolicy(
      `${name}-from-gateway`,
      entrances("llm-stub-from-gateway", args.namespace, appNames.stub, [
        { ports: [ports.stub], from: [{ app: appNames.gateway }] },
      ]),
      child,
    );

    this.service = service.metadata.name;
    this.registerOutputs({ service: this.service });
  }
}
