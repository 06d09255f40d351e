import * as pulumi from "@pulumi/pulumi";
import { chooseCluster } from "./clusters/choose";
import { Cluster } from "./components/cluster";
import { GatewayImage } from "./components/gateway-image";
import { Jaeger } from "./components/jaeger";
import { LlmStub } from "./components/llm-stub";
import { Plano } from "./components/plano";
import { renderPlanoConfig } from "./components/plano-config";
import { Proof } from "./components/proof";
import { Redis } from "./components/redis";
import { StackNamespace } from "./components/stack-namespace";
import { loadSettings, settleByCluster, stackConfig } from "./settings";

const settings = loadSettings(stackConfig());
const { clusterName, context, planoVersion, redisUrl, sessionTtlSeconds, tenantHeader } = settings;

// Everything that can be wrong is found before the first resource.
const kind = chooseCluster(settings.cluster);
const { gateway, routing, serviceType, nodePortsAnswer } = settleByCluster(settings, kind);

const cluster = new Cluster("cluster", { kind, clusterName, context });
const { nodeAddress, images, provider, root: deletedWith } = cluster;
const built = new GatewayImage("image", { cluster, gateway, planoVersion, image: settings.image });

const home = new StackNamespace("namespace", settings, { provider, deletedWith });
const { namespace, secretName, credentialsChecksum, redisPassword } = home;
const redisArgs = { namespace, secretName, password: redisPassword, image: images.redis };
const { redisMaxMemory: maxMemory, redisStorage: storage } = settings;
const redis = redisUrl ? undefined : new Redis("redis", { ...redisArgs, maxMemory, storage }, { provider, deletedWith });
const jaegerArgs = { namespace, image: images.jaeger, onNodePort: nodePortsAnswer, nodeAddress };
const jaeger = new Jaeger("jaeger", jaegerArgs, { provider, deletedWith });
const stub =
  routing === "stub" ? new LlmStub("llm-stub", { namespace, image: built.stub }, { provider, deletedWith }) : undefined;

const { upstream, minReplicas, maxReplicas, cpuTarget, standinFault } = settings;
const externalRedis = redisUrl !== undefined;
const configArgs = { namespace: settings.namespace, upstream, routing, sessionTtlSeconds, tenantHeader, externalRedis };
const config = renderPlanoConfig(configArgs);
const identity = { namespace, gateway, image: built.gateway, config, secretName, credentialsChecksum, standinFault };
const scaling = { minReplicas, maxReplicas };
// Plano exits when it cannot reach Redis at start: do not let it try before Redis is there.
const planoOptions = { provider, deletedWith, dependsOn: redis ? [redis] : [] };
const plano = new Plano("plano", { ...identity, ...scaling, cpuTarget, serviceType, nodeAddress }, planoOptions);

export const kubeconfig = pulumi.secret(cluster.kubeconfig);
const { deployment } = plano;
const stack = { kubeconfig, namespace, deployment, ...scaling };
const subject = { ...stack, sessionTtlSeconds, tenantHeader, redisPassword, redisUrl };
const after = [plano.url, jaeger.service, stub?.service, redis?.service];
const proof = new Proof("proof", { subject, settings: settings.proof, isStandin: built.isStandin, after });

export const affinity = proof.affinity;
export const gatewayUrl = plano.url;
export const jaegerUrl = jaeger.url;
export const image = built.gateway;
export { namespace };
