import type * as pulumi from "@pulumi/pulumi";
import { bundleProgram } from "../images/bundled";
import { mirrored, officialPlano, publishedImages } from "../settings/images";
import { furtherPorts, modelsOf } from "../settings/plano/config-rules";
import { ownVariables, variablesIn } from "../settings/plano/gateway-config";
import { isUnexamined, pinTerms, releaseOf } from "../settings/plano/releases";
import { credentials } from "./names";
import { defaultConfig, planoPeers, proofHints, renderPlanoConfig } from "./plano/plano-config";
import type { PlanoArgs } from "./plano/plano-pod";
import { type PlanoStackArgs, withDefaults } from "./plano-stack-args";
import { trustFile } from "./trust";

/** What is known only once the first parts of a stack are there. */
export interface FirstParts extends Pick<PlanoArgs, "namespace" | "secretName" | "credentialsChecksum"> {
  /** Password of the stack's own Redis. */
  readonly redisPassword: pulumi.Input<string>;
  /** Secret with which images are pulled; undefined: none. */
  readonly pullSecret: pulumi.Input<string> | undefined;
}

/** The arguments of the parts that need them. Those of parts that the stack does without are undefined. */
export function partsOf(args: PlanoStackArgs, first: FirstParts) {
  const given = withDefaults(args);
  const { gateway, planoVersion, sessionTtlSeconds, redisUrl, images = {}, kubeconfig, monitoring } = given;
  if (isUnexamined(planoVersion) && !given.planoVersionUnexamined)
    throw new Error(`Plano ${planoVersion} was not examined; planoVersionUnexamined lets the proof decide`);
  const place = { namespace: first.namespace, annotations: given.annotations, pullSecret: first.pullSecret, pods: given.pods };
  const imageOf = (part: keyof typeof publishedImages) => images[part] ?? mirrored(publishedImages[part], given.imageMirror);
  const all = { ...given, ...first };
  const { gatewayConfig = defaultConfig, secrets = {}, secretName: existing, openaiApiKey, otlpEndpoint } = given;
  const hasModels = openaiApiKey !== undefined || given.gatewayConfig !== undefined || existing !== undefined;
  const upstream = given.upstream ?? (hasModels ? "openai" : "stub");
  const routing = given.routing ?? (upstream === "stub" || gateway === "standin" ? "stub" : "hosted");
  const needsStub = given.needsStub ?? (routing === "stub" || releaseOf(planoVersion)?.keeps === "anchored");
  const isStandin = gateway === "standin";
  const image = given.image ?? (isStandin ? imageOf("stub") : mirrored(officialPlano(planoVersion), given.imageMirror));
  const program = given.program ?? (given.image === undefined && isStandin ? bundleProgram("/app/gateway.js") : undefined);
  const config = renderPlanoConfig({
    ...given,
    peers: planoPeers(given.namespace, redisUrl !== undefined, otlpEndpoint),
    config: gatewayConfig,
    upstream,
    routing,
    trustFile: given.caBundle === undefined ? undefined : trustFile,
  });
  const stacks = [...Object.keys(secrets), ...(openaiApiKey === undefined ? [] : [credentials.openaiApiKey])];
  const others = variablesIn({ config }).filter((it) => ![...stacks, ...ownVariables].includes(it));
  const variables = [
    ...stacks.map((name) => ({ name, secret: first.secretName })),
    ...(existing === undefined ? [] : others.map((name) => ({ name, secret: existing }))),
  ];
  const proof = given.gatewayConfig && JSON.stringify(proofHints(given.gatewayConfig, given.prompts));
  const haproxyImage = given.redisReplicas > 1 ? imageOf("haproxy") : undefined;
  const pin = pinTerms(planoVersion, sessionTtlSeconds);
  const fixedTtlSeconds = pin.kind === "fixed" ? pin.ttlSeconds : undefined;
  const isRedisExternal = redisUrl !== undefined;
  return {
    pin,
    upstream,
    // Plano's Redis client has public authorities built in, and takes no others (Cargo.toml of 0.4.23 to 0.4.36).
    externalRedis:
      redisUrl === undefined
        ? undefined
        : { ...place, url: redisUrl, caBundle: isStandin ? given.caBundle : undefined, kubeconfig, gateway, image },
    redis: isRedisExternal ? undefined : { ...all, image: imageOf("redis"), haproxyImage, password: first.redisPassword },
    jaeger: otlpEndpoint === undefined ? { ...all, image: imageOf("jaeger") } : undefined,
    stub: !needsStub
      ? undefined
      : {
          ...place,
          image: given.stubImage ?? imageOf("stub"),
          program: given.stubProgram ?? (given.stubImage === undefined ? bundleProgram("/app/stub.js") : undefined),
          models: modelsOf(gatewayConfig),
        },
    plano: { ...all, image, program, config, variables, proof, furtherPorts: furtherPorts(gatewayConfig) },
    monitoring: monitoring && {
      ...all,
      image: imageOf("exporter"),
      namespace: given.namespace,
      labels: monitoring,
      isRedisExternal,
      fixedTtlSeconds,
    },
  };
}
