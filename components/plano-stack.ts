import * as pulumi from "@pulumi/pulumi";
import { unexaminedNote } from "../settings/plano/releases";
import { ExternalRedis } from "./external-redis/external-redis";
import { Jaeger } from "./jaeger/jaeger";
import { LlmStub } from "./llm-stub/llm-stub";
import { MetricsServer } from "./metrics-server/metrics-server";
import { Monitoring } from "./monitoring/monitoring";
import { Plano } from "./plano/plano";
import { type PlanoStackArgs, withDefaults } from "./plano-stack-args";
import { Redis } from "./redis/redis";
import { PullSecret, StackNamespace } from "./stack-namespace";
import type { ProofSubject } from "./proof/prove-stack";
import { partsOf } from "./stack-parts";

export type { PlanoStackArgs } from "./plano-stack-args";

/**
 * Plano with all that it needs on a cluster that is there: namespace, Redis, Jaeger, replicas of the gateway, and what scales
 * and protects them. The options' `provider` says which cluster; default: that of the current kubeconfig.
 */
export class PlanoStack extends pulumi.ComponentResource {
  /** Known once the namespace exists. */
  readonly namespace: pulumi.Output<string>;
  /** Where clients reach the gateway. */
  readonly gatewayUrl: pulumi.Output<string>;
  /** Command that has to run before `gatewayUrl` answers; empty: none. */
  readonly gatewayHint: pulumi.Output<string>;
  /** Where people and programs ask for traces; empty: at the collector of `otlpEndpoint`. */
  readonly jaegerUrl: pulumi.Output<string>;
  /** Command that has to run before `jaegerUrl` answers; empty: none. */
  readonly jaegerHint: pulumi.Output<string>;
  readonly plano: Plano;
  /** What a `Proof` of this stack has to know. */
  readonly subject: { readonly [field in keyof ProofSubject]: pulumi.Input<ProofSubject[field]> };
  /** Known once everything that a proof touches is ready. */
  readonly ready: readonly pulumi.Input<unknown>[];

  constructor(name: string, args: PlanoStackArgs, opts?: pulumi.ComponentResourceOptions) {
    super("plano-affinity:index:PlanoStack", name, {}, opts);
    const { prefix = `${name}-` } = args;
    const named = (part: string): string => `${prefix}${part}`;
    // Before there was this component its parts had no parent.
    const aliases = [{ parent: pulumi.rootStackResource }];
    const child = { parent: this, deletedWith: opts?.deletedWith, aliases };

    const given = withDefaults(args);
    if (given.metricsServer === "install") new MetricsServer(named("metrics-server"), given, child);
    // Gateways may read the Secret any moment: the URL gets there once it was found fit.
    const [fitRedisUrl, setFitRedisUrl] = pulumi.deferredOutput<string>();
    const redisUrl = args.redisUrl === undefined ? undefined : fitRedisUrl;
    const home = new StackNamespace(named("namespace"), { ...given, redisUrl }, child);
    const { namespace, redisPassword } = home;
    const pulling = given.imagePullConfig && { namespace, annotations: args.annotations, config: given.imagePullConfig };
    const pullSecret = pulling && new PullSecret(named("pull-secret"), pulling, child).made.main.metadata.name;

    const { secretName, credentialsChecksum } = home;
    const parts = partsOf(given, { namespace, secretName, credentialsChecksum, redisPassword, pullSecret });
    const external = parts.externalRedis && new ExternalRedis(named("external-redis"), parts.externalRedis, child);
    if (external) setFitRedisUrl(external.url);
    const redis = external ?? (parts.redis && new Redis(named("redis"), parts.redis, child));
    const jaeger = parts.jaeger && new Jaeger(named("jaeger"), parts.jaeger, child);
    const stub = parts.stub && new LlmStub(named("llm-stub"), parts.stub, child);
    // Plano exits when it cannot reach Redis at start, and asks for prices only then and every 30 s: let both be there.
    const needed = [redis, parts.pin.kind === "anchored" ? stub : undefined].filter((it) => it !== undefined);
    this.plano = new Plano(named("plano"), parts.plano, { ...child, dependsOn: needed });
    if (parts.monitoring) new Monitoring(named("monitoring"), parts.monitoring, child);

    this.namespace = namespace;
    const { kubeconfig, kubectl, minReplicas, maxReplicas, tenantHeader, gatewayConfig, caBundle, otlpEndpoint } = given;
    const { pin, upstream } = parts;
    this.subject = {
      ...{ kubeconfig, kubectl, minReplicas, maxReplicas, tenantHeader, gatewayConfig, caBundle, otlpEndpoint },
      ...{ namespace, redisPassword, upstream, redisUrl: args.redisUrl, tracesUrl: args.tracesUrl },
      deployment: this.plano.deployment,
      isStandin: given.gateway === "standin",
      unexamined: given.gateway === "plano" ? unexaminedNote(given.planoVersion) : undefined,
      sessionTtlSeconds: pin.ttlSeconds,
      pin: pin.kind,
    };
    this.ready = [this.plano.url, jaeger?.service, stub?.service, redis?.service];
    this.gatewayUrl = this.plano.url;
    this.gatewayHint = this.plano.hint;
    this.jaegerUrl = jaeger?.url ?? pulumi.output("");
    this.jaegerHint = jaeger?.hint ?? pulumi.output("");
    const { gatewayUrl, gatewayHint, jaegerUrl, jaegerHint } = this;
    this.registerOutputs({ namespace, gatewayUrl, gatewayHint, jaegerUrl, jaegerHint });
  }
}
