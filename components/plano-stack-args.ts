import type * as pulumi from "@pulumi/pulumi";
import type { ClusterDefaults, IngressSettings } from "../settings";
import type { Images } from "../settings/images";
import { noIngress } from "../settings/ingress";
import type { PlanoConfig } from "../settings/plano/gateway-config";
import type { Pods } from "../settings/pods";

/** Arguments of the component `PlanoStack`. */
export interface PlanoStackArgs {
  /** Content of a kubeconfig of the cluster: to look for a node that answers, and to ask an external Redis from within. */
  readonly kubeconfig: pulumi.Input<string>;
  /** Default `plano-demo`. */
  readonly namespace?: string;
  /** False: the namespace exists already, and stays when the stack goes. Default true. */
  readonly createNamespace?: boolean;
  /** Plano, or the stand-in that keeps its contract. Default `plano`. */
  readonly gateway?: "plano" | "standin";
  /** Plano's release. Default `0.4.27`. */
  readonly planoVersion?: string;
  /** Whether it may be newer than any that was examined, so that only a proof can tell whether it keeps sessions. Default false. */
  readonly planoVersionUnexamined?: boolean;
  /** Image of the gateway. Default: the official one of `planoVersion`. */
  readonly image?: pulumi.Input<string>;
  /** The stand-in as a gzip file in base64, where `image` holds only Node.js. Default: `image` holds the gateway. */
  readonly program?: pulumi.Input<string>;
  /** Image of the LLM stub. Default: the official one of Node.js, with the stub in a ConfigMap. */
  readonly stubImage?: pulumi.Input<string>;
  /** The stub as a gzip file in base64. Default: that of this package without `stubImage`, else `stubImage` holds the stub. */
  readonly stubProgram?: pulumi.Input<string>;
  /** OpenAI's API key. Default: none. */
  readonly openaiApiKey?: pulumi.Input<string>;
  /** Models, routes, listeners and more, as in Plano's `plano_config.yaml`. Default: two models of OpenAI. */
  readonly gatewayConfig?: PlanoConfig;
  /** Prompts that the routes of `gatewayConfig` tell apart, for verifiers. Default: their descriptions suggest some. */
  readonly prompts?: readonly string[];
  /** Secret values that the gateway gets as variables of its environment, by their names. Default: none. */
  readonly secrets?: { readonly [name: string]: pulumi.Input<string> };
  /** Secret in the namespace with the variables that the configuration names and the stack is not given. Default: none. */
  readonly secretName?: string;
  /** Certificates (PEM) of authorities that are trusted in addition to the public ones. Default: none. */
  readonly caBundle?: pulumi.Input<string>;
  /** What answers prompts: the configured providers, or the stub. Default: `openai` where there is a key or a configuration. */
  readonly upstream?: "openai" | "stub";
  /** What chooses routes. Default: the service that Plano uses by itself where it asks OpenAI, else the stub. */
  readonly routing?: "stub" | "hosted";
  /** Whether the LLM stub runs. Default: where it answers or routes, or Plano's release needs its price list. */
  readonly needsStub?: boolean;
  /** Life of a pin, in seconds. Default 600. */
  readonly sessionTtlSeconds?: number;
  /** Header that names a request's tenant. Default: there is one tenant. */
  readonly tenantHeader?: string;
  /** Fewest replicas of the gateway. Default 2. */
  readonly minReplicas?: number;
  /** Most replicas of the gateway. Default 5. */
  readonly maxReplicas?: number;
  /** Percent of the CPU request above which replicas are added. Default 70. */
  readonly cpuTarget?: number;
  /** How long a replica that ends may take to answer what it was asked, in seconds. Default 60. */
  readonly drainSeconds?: number;
  /** How the gateway's Service is exposed. Default `LoadBalancer`. */
  readonly serviceType?: ClusterDefaults["serviceType"];
  /** The gateway's own name, in addition to its Service. Default: none. */
  readonly ingress?: IngressSettings;
  /** URL of a Redis outside of the stack. Default: the stack runs its own. */
  readonly redisUrl?: pulumi.Input<string>;
  /** Password of the stack's own Redis, letters and digits only. Default: a random one. */
  readonly redisPassword?: pulumi.Input<string>;
  /** 1, or 3 with automatic failover. Default 1. */
  readonly redisReplicas?: number;
  /** Memory for pins, as redis.conf writes it. Default `256mb`. */
  readonly redisMaxMemory?: string;
  /** Size of each Redis' volume, as Kubernetes writes it. Default `1Gi`. */
  readonly redisStorage?: string;
  /** `http://host:port` of a collector that takes OTLP over gRPC, in place of the stack's Jaeger. Default: Jaeger. */
  readonly otlpEndpoint?: string;
  /** Where traces can be looked up that go to `otlpEndpoint`: Jaeger's query API, or Tempo's. Default: nowhere. */
  readonly tracesUrl?: string;
  /** Size of a volume for traces, as Kubernetes writes it. Default: they are kept in memory. */
  readonly jaegerStorage?: string;
  /** StorageClass of the volumes. Default: the cluster's default one. */
  readonly storageClass?: string;
  /** Images of the parts that are not the gateway, by part. Redis' has `sh` and `cp`. Default: the published ones. */
  readonly images?: { readonly [part in keyof Images]?: pulumi.Input<string> };
  /** What the published images are pulled from in place of their registries: `host/path`. Default: the registries. */
  readonly imageMirror?: string;
  /** What is wanted of the pods, by part. Default: what the parts need. */
  readonly pods?: Pods;
  /** Docker's `config.json` with the credentials that the cluster pulls with. Default: none. */
  readonly imagePullConfig?: pulumi.Input<string>;
  /** `install`: with a metrics-server for the whole cluster, which the autoscaler needs. Default `cluster`: it has one. */
  readonly metricsServer?: "cluster" | "install" | "ignore";
  /** The metrics-server takes kubelets' certificates unseen, as kind needs it. Default false. */
  readonly insecureKubelets?: boolean;
  /** Labels by which your Prometheus chooses its monitors and rules. Default: nothing is made for it. */
  readonly monitoring?: { readonly [label: string]: string };
  /** Whether ports of the nodes answer here, so that Jaeger's page gets one too. Default false. */
  readonly nodePortsAnswer?: boolean;
  /** Host at which ports of the nodes answer. Default: it is looked for. */
  readonly nodeAddress?: pulumi.Input<string | undefined>;
  /** Port of that host at which Jaeger's page answers. Default: the same as at the node, 31686. */
  readonly jaegerPort?: pulumi.Input<number | undefined>;
  /** kubectl with the options that reach the cluster, for hints. Default `kubectl`. */
  readonly kubectl?: string;
  /** Annotations of every object in the cluster. Default: none. */
  readonly annotations?: { readonly [name: string]: string };
  /** Bug of the stand-in, for tests of the verifier. Default `none`. */
  readonly standinFault?: string;
  /** What the names of all resources in it begin with. Default: its own name and a dash. */
  readonly prefix?: string;
}

/** Those that are plain values. */
const defaults = {
  namespace: "plano-demo",
  createNamespace: true,
  gateway: "plano",
  planoVersion: "0.4.27",
  planoVersionUnexamined: false,
  sessionTtlSeconds: 600,
  minReplicas: 2,
  maxReplicas: 5,
  cpuTarget: 70,
  drainSeconds: 60,
  serviceType: "LoadBalancer",
  ingress: noIngress,
  redisReplicas: 1,
  redisMaxMemory: "256mb",
  redisStorage: "1Gi",
  metricsServer: "cluster",
  nodePortsAnswer: false,
} as const satisfies Partial<PlanoStackArgs>;

type Defaults = typeof defaults;

/** Fills in defaults; what is undefined counts as absent. */
export function withDefaults(args: PlanoStackArgs): PlanoStackArgs & Required<Pick<PlanoStackArgs, keyof Defaults>> {
  const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined)) as unknown as PlanoStackArgs;
  return { ...defaults, ...given };
}
