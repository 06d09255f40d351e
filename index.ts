import * as pulumi from "@pulumi/pulumi";
import { chooseCluster, thisMachine } from "./clusters/choose";
import { chooseGateway, imageFinder } from "./clusters/choose-gateway";
import { joinsKind, thisStack } from "./clusters/kind/join";
import { checkExisting } from "./components/check-existing";
import { Cluster } from "./components/cluster";
import { GatewayImage } from "./components/image/gateway-image";
import { appNames, ports } from "./components/names";
import { PlanoStack } from "./components/plano-stack";
import { Proof } from "./components/proof/proof";
import { hintNow, warnUnlessReachable } from "./components/plano/address";
import { checkOwnConfig } from "./components/plano/own-config";
import { checkImages } from "./images";
import { reportPage } from "./lib/paths";
import { streamProgress } from "./lib/progress";
import { loadSettings, settleByCluster, stackConfig } from "./settings";

export = async () => {
  const settings = loadSettings(stackConfig());
  const { image, registry } = settings;
  const gatewayConfig = settings.gatewayConfig?.document;

  // Everything that can be wrong is found before the first resource.
  const tell = (text: string): void => void pulumi.log.info(text);
  const kind = await chooseCluster(settings.cluster, thisMachine(settings.clusterName, thisStack()), tell);
  const joined = kind === "kind" && (await joinsKind(settings.clusterName, thisStack(), tell));
  const { gateway, planoImage } = await chooseGateway(settings, kind, imageFinder(streamProgress(process.stderr)), tell);
  const choices = settleByCluster({ ...settings, gateway }, kind, joined || kind === "existing");
  const { needsStub, outside } = choices;
  await checkOwnConfig(settings, choices, tell);
  await checkImages({ kind, gateway, needsStub, image, registry, inFile: planoImage !== undefined });
  const { identifier, annotations } = await checkExisting(settings, choices, { kind, joined });

  const haproxy = settings.redisReplicas > 1;
  const cluster = new Cluster("cluster", { ...settings, kind, joined, identifier, haproxy, outside });
  const { nodeAddress, jaegerPort, root, ...parts } = cluster.parts;
  const images = { ...parts.images, ...settings.images };
  const kubeconfig = pulumi.secret(parts.kubeconfig);
  const built = new GatewayImage("image", { ...settings, cluster, gateway, needsStub, planoImage });
  const { kubectl, provider } = cluster;
  const place = { kubeconfig, nodeAddress, jaegerPort, kubectl, images, annotations, insecureKubelets: kind === "kind" };
  const stack = new PlanoStack(
    "stack",
    { ...settings, ...choices, ...place, ...built.references, gatewayConfig, prompts: settings.proof.prompts, prefix: "" },
    { provider, deletedWith: root },
  );
  const { namespace, plano, gatewayUrl, jaegerUrl, jaegerHint } = stack;
  const tunnel = { kubectl, namespace, service: appNames.gateway, port: ports.gateway };
  const gatewayHint = hintNow(plano.hint, warnUnlessReachable(plano.address), tunnel);

  const page = reportPage(process.cwd(), pulumi.getStack());
  const { affinity } = new Proof("proof", { stack, settings: settings.proof, page });

  const addresses = { gatewayUrl, gatewayHint, ...(settings.otlpEndpoint === undefined && { jaegerUrl, jaegerHint }) };
  return { kubeconfig, namespace, affinity, ...addresses, image: built.gateway };
};
