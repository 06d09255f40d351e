import type * as pulumi from "@pulumi/pulumi";
import { publishedImages } from "../clusters/existing";
import { bundleProgram, nodeImage } from "../images";
import { pinTerms, releaseOf } from "../settings/plano";
import { renderPlanoConfig } from "./plano/plano-config";
import { planoPeers } from "./names";
import { type PlanoStackArgs, withDefaults } from "./plano-stack-args";

/** What is known only once the first parts of a stack are there. */
export interface FirstParts {
  /** The namespace's name. */
  readonly namespace: pulumi.Input<string>;
  /** Secret with the credentials. */
  readonly secretName: pulumi.Input<string>;
  /** Changes when a credential does. */
  readonly credentialsChecksum: pulumi.Input<string>;
  /** Password of the stack's own Redis. */
  readonly redisPassword: pulumi.Input<string>;
  /** Secret with which images are pulled; undefined: none. */
  readonly pullSecret: pulumi.Input<string> | undefined;
}

/** The arguments of the parts that come first. */
export function firstPartsOf(args: PlanoStackArgs) {
  const it = withDefaults(args);
  const { namespace, annotations } = it;
  return {
    metricsServer: it.metricsServer === "install" ? { insecureKubelets: it.insecureKubelets, annotations } : undefined,
    namespace: {
      namespace,
      createNamespace: it.createNamespace,
      // Plano's image starts as root.
      podSecurity: it.gateway === "plano" ? "baseline" : "restricted",
      openaiApiKey: it.openaiApiKey,
      redisPassword: it.redisPassword,
      annotations,
    } as const,
    pullConfig: it.imagePullConfig,
  };
}

/** The arguments of all other parts. Those of parts that the stack does without are undefined. */
export function partsOf(args: PlanoStackArgs, { pullSecret, redisPassword, ...first }: FirstParts) {
  const it = withDefaults(args);
  const { namespace, secretName, credentialsChecksum } = first;
  const { gateway, planoVersion, sessionTtlSeconds, tenantHeader, redisUrl, storageClass, images = {}, kubeconfig } = it;
  const { nodeAddress, kubectl, monitoring } = it;
  const place = { namespace, annotations: it.annotations, pullSecret };
  const upstream = it.upstream ?? (it.openaiApiKey === undefined ? "stub" : "openai");
  const routing = it.routing ?? (upstream === "stub" || gateway === "standin" ? "stub" : "hosted");
  const needsStub = it.needsStub ?? (routing === "stub" || releaseOf(planoVersion)?.keeps === "anchored");
  const isStandin = gateway === "standin";
  const image = it.image ?? (isStandin ? nodeImage : `docker.io/katanemo/plano:${planoVersion}`);
  const peers = planoPeers(it.namespace, redisUrl !== undefined);
  const pin = pinTerms(planoVersion, sessionTtlSeconds);
  return {
    pin,
    externalRedis: redisUrl === undefined ? undefined : { ...place, url: redisUrl, kubeconfig, gateway, image },
    redis:
      redisUrl !== undefined
        ? undefined
        : {
            ...place,
            secretName,
            password: redisPassword,
            image: images.redis ?? publishedImages.redis,
            haproxyImage: it.redisReplicas > 1 ? (images.haproxy ?? publishedImages.haproxy) : undefined,
            maxMemory: it.redisMaxMemory,
            storage: it.redisStorage,
            storageClass,
          },
    jaeger: {
      ...place,
      image: images.jaeger ?? publishedImages.jaeger,
      storage: it.jaegerStorage,
      storageClass,
      onNodePort: it.nodePortsAnswer,
      nodeAddress,
      nodePort: it.jaegerPort,
      kubectl,
    },
    stub: !needsStub
      ? undefined
      : {
          ...place,
          image: it.stubImage ?? nodeImage,
          program: it.stubProgram ?? (it.stubImage === undefined ? bundleProgram("/app/stub.js") : undefined),
        },
    plano: {
      ...place,
      gateway,
      image,
      program: it.program ?? (it.image === undefined && isStandin ? bundleProgram("/app/gateway.js") : undefined),
      config: renderPlanoConfig({ planoVersion, peers, upstream, routing, sessionTtlSeconds, tenantHeader }),
      secretName,
      credentialsChecksum,
      standinFault: it.standinFault,
      drainSeconds: it.drainSeconds,
      minReplicas: it.minReplicas,
      maxReplicas: it.maxReplicas,
      cpuTarget: it.cpuTarget,
      serviceType: it.serviceType,
      ingress: it.ingress,
      nodeAddress,
      kubeconfig,
      kubectl,
    },
    monitoring: monitoring && {
      ...place,
      namespace: it.namespace,
      secretName,
      credentialsChecksum,
      isRedisExternal: redisUrl !== undefined,
      labels: monitoring,
      fixedTtlSeconds: pin.kind === "fixed" ? pin.ttlSeconds : undefined,
    },
  };
}
