import type { Plan } from "../clusters/preflight";
import { planImages } from "../images";
import type { ClusterDefaults, Settings } from "../settings";
import type { ClusterKind } from "../settings/cluster-kind";
import { isImageArchive } from "../settings/parsers";
import { bundledProgramObjects } from "./image/bundled-program";
import { checkJob, checkLabel } from "./external-redis/check-job";
import { candidateObjects } from "./external-redis/external-redis";
import { jaegerObjects } from "./jaeger/jaeger";
import { llmStubObjects } from "./llm-stub/llm-stub";
import type { Manifests } from "./manifest";
import { metricsServerObjects } from "./metrics-server/metrics-server";
import { monitoringObjects } from "./monitoring/monitoring";
import { appNames, credentials } from "./names";
import { planoObjects } from "./plano/plano";
import type { PlanoStackArgs } from "./plano-stack-args";
import { redisMemberServices, redisObjects } from "./redis/redis";
import { redisMembers } from "./redis/redis-files";
import { namespaceObjects, pullSecretName, pullSecretObjects } from "./stack-namespace";
import { partsOf } from "./stack-parts";

/** In place of what is known only later. It is a valid name, image and base64. */
const later = "unknown0";

type PlannedParts = Required<Pick<Plan, "manifests" | "transient">> & Pick<Plan, "foreignSecret">;

type Images = Pick<PlanoStackArgs, "image" | "program" | "stubImage" | "stubProgram">;

/** Images as they will be, as far as that is known before. */
function plannedImages(settings: Settings, { gateway: chosen }: ClusterDefaults, kind: ClusterKind): Images {
  const { gateway, stub } = planImages({ ...settings, kind, gateway: chosen });
  return {
    image: settings.image === undefined || isImageArchive(settings.image) ? later : settings.image,
    program: gateway === "bundled" ? later : undefined,
    stubImage: later,
    stubProgram: stub === "bundled" ? later : undefined,
  };
}

/**
 * Renders what a stack is about to make, by the renderers of its parts, with placeholders for what is known only later.
 *
 * @param images of gateway and stub; what is undefined is the published one
 */
export function plannedManifests(
  settings: Settings,
  choices: ClusterDefaults,
  kind: ClusterKind,
  images = plannedImages(settings, choices, kind),
): PlannedParts {
  const { namespace } = settings;
  const known = (value: unknown): string | undefined => (value === undefined ? undefined : later);
  const args = {
    ...settings,
    ...choices,
    kubeconfig: later,
    ...images,
    gatewayConfig: settings.gatewayConfig?.document,
    openaiApiKey: known(settings.openaiApiKey),
    secrets: Object.fromEntries(Object.keys(settings.secrets).map((name) => [name, later])),
    redisUrl: known(settings.redisUrl),
    redisPassword: later,
    imagePullConfig: known(settings.imagePullConfig),
    insecureKubelets: kind === "kind",
  };
  const pullSecret = args.imagePullConfig === undefined ? undefined : pullSecretName;
  const secretName = credentials.secret;
  const parts = partsOf(args, { namespace, secretName, credentialsChecksum: later, redisPassword: later, pullSecret });
  const { redis, externalRedis, stub: llmStub, plano } = parts;
  const { haproxyImage } = redis ?? {};
  const addresses = redisMembers.map(() => later);
  const failover = haproxyImage === undefined ? undefined : { haproxyImage, memberPassword: later, groupId: later, addresses };
  const rendered: readonly (false | undefined | Manifests)[] = [
    args.metricsServer === "install" && metricsServerObjects(args),
    namespaceObjects(args),
    pullSecret !== undefined && pullSecretObjects({ namespace, config: later }),
    externalRedis && candidateObjects({ namespace, url: later }),
    failover && redisMemberServices({ namespace }),
    redis && redisObjects({ ...redis, lookPassword: later, pausePassword: later }, failover),
    parts.jaeger && jaegerObjects(parts.jaeger),
    llmStub?.program !== undefined && bundledProgramObjects({ namespace, app: appNames.stub, program: llmStub.program }),
    llmStub && llmStubObjects(llmStub),
    plano.program !== undefined && bundledProgramObjects({ namespace, app: appNames.gateway, program: plano.program }),
    planoObjects(plano),
    parts.monitoring && monitoringObjects(parts.monitoring),
  ];
  const manifests = rendered.flatMap((it) => (it ? Object.values(it).filter((object) => object !== undefined) : []));
  const job = checkJob({ gateway: choices.gateway, image: later, secretName: checkLabel, pullSecret, pods: args.pods });
  const transient = externalRedis ? [{ ...job, metadata: { name: "redis-check", namespace, labels: job.metadata.labels } }] : [];
  // With placeholders no value is left that is known only later.
  const keys = plano.variables.filter(({ secret }) => secret === settings.secretName).map((it) => it.name);
  const foreignSecret = settings.secretName === undefined ? undefined : { name: settings.secretName, keys };
  return { manifests, transient, foreignSecret } as unknown as PlannedParts;
}
