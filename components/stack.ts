import * as pulumi from "@pulumi/pulumi";
import { type PinTerms, pinTerms } from "../settings/plano";
import type { ClusterDefaults, Settings } from "../settings";
import type { Cluster } from "./cluster";
import { ExternalRedis } from "./external-redis/external-redis";
import type { GatewayImage } from "./image/gateway-image";
import { Jaeger } from "./jaeger/jaeger";
import { LlmStub } from "./llm-stub/llm-stub";
import { MetricsServer } from "./metrics-server/metrics-server";
import { Monitoring } from "./monitoring/monitoring";
import { Plano } from "./plano/plano";
import { renderPlanoConfig } from "./plano/plano-config";
import { planoPeers } from "./plano/plano-peers";
import { PullSecret, pullWith } from "./pull-secret";
import { Redis } from "./redis/redis";
import { StackNamespace } from "./stack-namespace";

/** What the stack is made from. */
export interface StackArgs {
  readonly settings: Settings;
  /** What the kind of cluster settled. */
  readonly choices: ClusterDefaults;
  readonly cluster: Cluster;
  readonly built: GatewayImage;
  /** The cluster's kubeconfig; secret. */
  readonly kubeconfig: pulumi.Output<string>;
}

/** The parts that outputs and the proof are about. */
export interface Stack {
  readonly namespace: pulumi.Output<string>;
  /** Password of the Redis in the cluster. */
  readonly redisPassword: pulumi.Output<string>;
  readonly plano: Plano;
  readonly jaeger: Jaeger;
  /** What the gateway's release makes of pins. */
  readonly pin: PinTerms;
  /** Known once everything that the proof touches is ready. */
  readonly ready: readonly pulumi.Input<unknown>[];
}

/** Puts everything on the cluster, each part after those that it needs at start. */
export function makeStack({ settings, choices, cluster, built, kubeconfig }: StackArgs): Stack {
  const { nodeAddress, jaegerPort, kubectl, images, provider, root: deletedWith } = cluster;
  const { redisUrl, planoVersion, sessionTtlSeconds, tenantHeader, minReplicas, maxReplicas, cpuTarget } = settings;
  const { gateway, routing, needsStub, serviceType, nodePortsAnswer } = choices;
  const options = { provider, deletedWith };

  if (choices.metricsServer === "install")
    new MetricsServer("metrics-server", { insecureKubelets: cluster.kind === "kind" }, options);
  // Plano's image starts as root.
  const podSecurity = gateway === "plano" ? "baseline" : "restricted";
  const [fitRedisUrl, setFitRedisUrl] = pulumi.deferredOutput<string>();
  const home = new StackNamespace("namespace", { ...settings, redisUrl: redisUrl && fitRedisUrl, podSecurity }, options);
  const { namespace, secretName, credentialsChecksum, redisPassword } = home;
  const pullSecret =
    settings.imagePullConfig && new PullSecret("pull-secret", { namespace, config: settings.imagePullConfig }, options);
  if (pullSecret) pullWith(pullSecret);

  const redis = redisUrl
    ? new ExternalRedis(
        "external-redis",
        { url: redisUrl, kubeconfig, namespace, gateway, image: built.gateway, pullSecret: pullSecret?.secretName },
        options,
      )
    : new Redis(
        "redis",
        {
          namespace,
          secretName,
          password: redisPassword,
          image: images.redis,
          haproxyImage: settings.redisReplicas > 1 ? images.haproxy : undefined,
          maxMemory: settings.redisMaxMemory,
          storage: settings.redisStorage,
          storageClass: settings.storageClass,
        },
        options,
      );
  if (redis instanceof ExternalRedis) setFitRedisUrl(redis.url);
  const jaegerPlace = { onNodePort: nodePortsAnswer, nodeAddress, nodePort: jaegerPort, kubectl };
  const jaeger = new Jaeger(
    "jaeger",
    { namespace, image: images.jaeger, storage: settings.jaegerStorage, storageClass: settings.storageClass, ...jaegerPlace },
    options,
  );
  const stub = needsStub
    ? new LlmStub("llm-stub", { namespace, image: built.stub, program: built.programs.stub }, options)
    : undefined;

  const peers = planoPeers(settings.namespace, redisUrl !== undefined);
  const pin = pinTerms(planoVersion, sessionTtlSeconds);
  const plano = new Plano(
    "plano",
    {
      namespace,
      gateway,
      image: built.gateway,
      program: built.programs.gateway,
      config: renderPlanoConfig({ planoVersion, peers, upstream: settings.upstream, routing, sessionTtlSeconds, tenantHeader }),
      secretName,
      credentialsChecksum,
      standinFault: settings.standinFault,
      drainSeconds: settings.drainSeconds,
      minReplicas,
      maxReplicas,
      cpuTarget,
      serviceType,
      ingress: settings.ingress,
      nodeAddress,
      kubeconfig,
      kubectl,
    },
    // Plano exits when it cannot reach Redis at start, and asks for prices only then and every 30 s: let both be there.
    { ...options, dependsOn: [redis, pin.kind === "anchored" ? stub : undefined].filter((part) => part !== undefined) },
  );
  if (settings.monitoring) {
    const watched = { namespace: settings.namespace, secretName, credentialsChecksum, isRedisExternal: redisUrl !== undefined };
    const fixedTtlSeconds = pin.kind === "fixed" ? pin.ttlSeconds : undefined;
    new Monitoring("monitoring", { ...watched, labels: settings.monitoring, fixedTtlSeconds }, options);
  }
  return { namespace, redisPassword, plano, jaeger, pin, ready: [plano.url, jaeger.service, stub?.service, redis.service] };
}
