import { isOfAnchors } from "../standin/fault-names";
import type { ClusterKind } from "./cluster-kind";
import { isImageArchive, type Violation } from "./parsers";
import { isUnexamined, newestKnown, releaseOf } from "./plano/releases";
import { configProblems } from "./plano/config-rules";
import { pathText } from "./plano/config-schema";
import { ownVariables, variablesIn } from "./plano/gateway-config";
import { hasTraces } from "./proof";
import { none, type SettingKey, type Settings, settingTable, type SettingValues } from "./table";

/**
 * The rules that need more than one key.
 *
 * @param redisTls whether `redisUrl`, which is an output by now, is `rediss://`
 * @param sound whether none of these keys has been refused; a rule only speaks when all of its keys are sound
 */
export function violationsTogether(
  values: SettingValues,
  redisTls: boolean,
  sound: (keys: readonly SettingKey[]) => boolean,
): Violation[] {
  const { minReplicas, maxReplicas, namespace, planoVersion, sessionTtlSeconds, redisUrl } = values;
  const found: Violation[] = [];
  const refuse = (keys: readonly [SettingKey, ...SettingKey[]], wrong: boolean, reason: string, remedy: string): void => {
    if (wrong && sound(keys)) found.push({ path: keys[0], reason, remedy });
  };
  refuse(
    ["minReplicas", "maxReplicas"],
    minReplicas > maxReplicas,
    `${minReplicas} is more than maxReplicas, ${maxReplicas}`,
    `pulumi config set maxReplicas ${minReplicas}`,
  );
  refuse(
    ["namespace", "createNamespace"],
    values.createNamespace && (namespace === "default" || namespace.startsWith("kube-")),
    `${namespace} belongs to Kubernetes, and destroy would delete it and everything in it`,
    "pulumi config set namespace plano-demo",
  );
  refuse(
    ["upstream", "OPENAI_API_KEY"],
    values.upstream === "openai" && !hasModels(values),
    "openai needs OPENAI_API_KEY, which is not set",
    "pulumi config set --secret OPENAI_API_KEY, or pulumi config set upstream stub",
  );
  refuse(
    ["image", "registry"],
    values.image !== undefined && values.registry !== undefined,
    "image and registry are both set; an existing image is not built and pushed",
    "pulumi config rm registry",
  );
  refuse(
    ["redisUrl", "redisReplicas", "redisPassword"],
    redisUrl !== undefined && (values.redisReplicas > 1 || values.redisPassword !== undefined),
    "it names your own Redis: the stack runs none, and the URL holds the password, so redisReplicas and redisPassword have no effect",
    "pulumi config rm redisReplicas, pulumi config rm redisPassword, or pulumi config rm redisUrl",
  );
  refuse(
    ["redisUrl", "planoVersion", "gateway"],
    // Features of the crate `redis` in `crates/brightstaff/Cargo.toml`.
    redisTls && values.gateway !== "standin" && planoVersion.localeCompare("0.4.23", "en", { numeric: true }) < 0,
    `Plano ${planoVersion} has no TLS for Redis, and the URL is rediss://; 0.4.23 is the first that has it`,
    "pulumi config set planoVersion 0.4.27",
  );
  refuse(
    ["context", "cluster"],
    values.context !== undefined && values.cluster !== "existing",
    `a context is only used when cluster is existing, and cluster is ${values.cluster}`,
    "pulumi config set cluster existing",
  );
  refuse(
    ["planoVersion", "planoVersionUnexamined"],
    isUnexamined(planoVersion) && !values.planoVersionUnexamined,
    `whether Plano ${planoVersion} keeps a session on its model is not known here; ${newestKnown} is the newest that was examined`,
    "pulumi config set planoVersionUnexamined true, and the proof decides; or pulumi config set planoVersion 0.4.27",
  );
  const release = releaseOf(planoVersion);
  const anchored = release?.keeps === "anchored";
  refuse(
    ["sessionTtlSeconds", "planoVersion"],
    // The default means "as the release does it".
    anchored && ![release.ttlSeconds, settingTable.sessionTtlSeconds.default].includes(sessionTtlSeconds),
    `Plano ${planoVersion} ignores it: its pins live ${release?.ttlSeconds} s from the latest request`,
    "pulumi config rm sessionTtlSeconds, or pulumi config set planoVersion 0.4.27",
  );
  refuse(
    ["standinFault", "planoVersion"],
    !anchored && isOfAnchors(values.standinFault),
    `${values.standinFault} is a bug of anchors, and Plano ${planoVersion} keeps none`,
    "pulumi config set planoVersion 0.4.32",
  );
  refuse(
    ["secretName", "createNamespace"],
    values.secretName !== undefined && values.createNamespace,
    "it is a Secret that is there before the stack, and so is its namespace",
    "pulumi config set createNamespace false, or put the values into secrets",
  );
  refuse(
    ["tracesUrl", "otlpEndpoint"],
    values.tracesUrl !== undefined && values.otlpEndpoint === undefined,
    "without otlpEndpoint all traces are in the stack's Jaeger",
    "pulumi config set otlpEndpoint <http://host:4317>, or pulumi config rm tracesUrl",
  );
  if (sound(["gatewayConfig", "planoVersion", "sessionTtlSeconds", "tenantHeader", "proof", "secrets"]))
    found.push(...inConfig(values));
  return found;
}

/** What answers prompts: `auto` is settled by whether the stack knows of models. */
export function upstreamOf(values: SettingValues): "openai" | "stub" {
  return values.upstream !== "auto" ? values.upstream : hasModels(values) ? "openai" : "stub";
}

function hasModels({ OPENAI_API_KEY, gatewayConfig, secretName }: SettingValues): boolean {
  return OPENAI_API_KEY !== undefined || gatewayConfig !== undefined || secretName !== undefined;
}

/** What is wrong with a configuration of the user's, with its place in the file. */
function inConfig(values: SettingValues): Violation[] {
  const { gatewayConfig, secrets, secretName, OPENAI_API_KEY } = values;
  if (gatewayConfig === undefined) return [];
  const { file, document, placeOf } = gatewayConfig;
  const stubbed = upstreamOf(values) === "stub";
  const traced = values.proof.checks.includes("traces") && hasTraces(values);
  const problems = configProblems(document, { ...values, stubbed, traced }).map(({ path, reason }) => {
    const where = pathText(path);
    return { reason: `${file}:${placeOf(path)}: ${where === "" ? "" : `${where}: `}${reason}`, remedy: `correct ${file}` };
  });
  if (problems.length > 0) return problems.map((it) => ({ path: "gatewayConfig", ...it }));
  // The stub is asked without the providers' keys.
  const { model_providers = [] } = document;
  const named = variablesIn(stubbed ? { ...document, model_providers: model_providers.map(({ model }) => model) } : document);
  const given = [...Object.keys(secrets), ...ownVariables, ...(OPENAI_API_KEY === undefined ? [] : ["OPENAI_API_KEY"])];
  const missing = secretName === undefined ? named.filter((it) => !given.includes(it)) : [];
  return missing.map((name) => ({
    path: "gatewayConfig",
    reason: `${file} names $${name}, which nobody gives; Plano would take it for empty`,
    remedy:
      name === "OPENAI_API_KEY"
        ? "pulumi config set --secret OPENAI_API_KEY"
        : `pulumi config set --secret --path secrets.${name}, or secretName, for a Secret that exists`,
  }));
}

/** The rules that need the kind of cluster and the gateway that runs on it: what is wrong, with its remedy. */
export function conflictsWithCluster(settings: Settings, kind: ClusterKind, gateway: "plano" | "standin"): string[] {
  const found: string[] = [];
  const refuse = (wrong: boolean, reason: string, remedy: string): void => {
    if (wrong) found.push(`${reason}\n  → ${remedy}`);
  };
  refuse(
    gateway === "plano" && settings.standinFault !== none,
    `standinFault: only the stand-in gateway has faults, and on a cluster of kind ${kind} the gateway is plano.`,
    "pulumi config set gateway standin",
  );
  const unknown = settings.gatewayConfig?.document.model_providers?.find(
    ({ model, base_url }) => base_url === undefined && !/^(openai|plano)\//.test(model),
  );
  refuse(
    gateway === "standin" && settings.upstream === "openai" && unknown !== undefined,
    `gatewayConfig: the stand-in knows the address of OpenAI alone, and ${unknown?.model} has no base_url.`,
    "pulumi config set upstream stub, or pulumi config set gateway plano",
  );
  refuse(
    gateway === "standin" && settings.image !== undefined && isImageArchive(settings.image),
    "image: an archive is for Plano, and the gateway is the stand-in.",
    "pulumi config rm image, or pulumi config set gateway plano",
  );
  refuse(
    kind === "existing" && settings.image !== undefined && isImageArchive(settings.image),
    "image: a cluster of yours pulls images from a registry, and cannot be given a file of this machine.",
    `docker load --input ${settings.image}, push it to a registry that the cluster reaches, and pulumi config set image <its reference there>`,
  );
  refuse(
    kind !== "existing" && settings.monitoring !== undefined,
    `monitoring: a cluster of kind ${kind} has no Prometheus Operator.`,
    "pulumi config set monitoring off, or pulumi config set cluster existing",
  );
  return found;
}
