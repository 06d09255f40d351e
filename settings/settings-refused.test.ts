import { refusesEach, withoutEngine } from "./testing/load-settings";

describe("settings", () => {
  before(withoutEngine);

  refusesEach([
    {
      name: "an unknown key that resembles one",
      values: { minReplica: "3" },
      says: ["minReplica: there is no such setting; did you mean minReplicas?", "pulumi config rm minReplica"],
    },
    {
      name: "an unknown key that resembles none",
      values: { flavour: "x" },
      says: ["flavour: there is no such setting; there are cluster, clusterName,"],
    },
    { name: "a key in another case", values: { openai_api_key: "sk" }, says: ["did you mean OPENAI_API_KEY?"] },
    {
      name: "an unknown cluster",
      values: { cluster: "minikube" },
      says: ['cluster: "minikube" is not one of auto, kind, sandbox, existing', "pulumi config set cluster auto"],
    },
    { name: "an unknown upstream", values: { upstream: "azure" }, says: ['upstream: "azure" is not one of auto, openai, stub'] },
    { name: "an unknown gateway", values: { gateway: "envoy" }, says: ['gateway: "envoy" is not one of auto, plano, standin'] },
    {
      name: "an unknown service type",
      values: { serviceType: "nodeport" },
      says: ['serviceType: "nodeport" is not one of auto, NodePort, LoadBalancer, ClusterIP'],
    },
    {
      name: "an unknown fault",
      values: { standinFault: "memory" },
      says: ['standinFault: "memory" is not one of none, memory-cache,', "pulumi config rm standinFault"],
    },
    {
      name: "a name that Kubernetes refuses",
      values: { namespace: "Plano_Demo" },
      says: ['namespace: "Plano_Demo" is not a Kubernetes name'],
    },
    ...["default", "kube-system"].map((namespace) => ({
      name: `the namespace ${namespace} as the stack's own`,
      values: { namespace },
      says: [
        `namespace: ${namespace} is a namespace of Kubernetes itself, and destroy would delete it with all that is in it\n`,
        "pulumi config set namespace plano-demo",
      ],
    })),
    {
      name: "a cluster name that Kubernetes refuses",
      values: { clusterName: "-x" },
      says: ['clusterName: "-x" is not a Kubernetes name'],
    },
    {
      name: "an empty value",
      values: { namespace: "" },
      says: ["namespace: the value is empty", "pulumi config set namespace plano-demo"],
    },
    {
      name: "an empty API key",
      values: { OPENAI_API_KEY: "" },
      says: [
        "OPENAI_API_KEY: the value is empty",
        "pulumi config set --secret OPENAI_API_KEY, or pulumi config rm OPENAI_API_KEY to do without",
      ],
    },
    {
      name: "OpenAI without a key",
      values: { upstream: "openai" },
      says: ["upstream: openai needs OPENAI_API_KEY, which is not set", "pulumi config set --secret OPENAI_API_KEY"],
    },
    {
      name: "fewer replicas at most than at least",
      values: { minReplicas: "6" },
      says: ["minReplicas: 6 is more than maxReplicas, 5", "pulumi config set maxReplicas 6"],
    },
    { name: "no replicas", values: { minReplicas: "0" }, says: ["minReplicas: 0 is not between 1 and 100"] },
    { name: "a fraction of a replica", values: { maxReplicas: "2.5" }, says: ['maxReplicas: "2.5" is not a whole number'] },
    { name: "a CPU target above all", values: { cpuTarget: "101" }, says: ["cpuTarget: 101 is not between 1 and 100"] },
    { name: "no time to live", values: { sessionTtlSeconds: "0" }, says: ["sessionTtlSeconds: 0 is not between 1 and 31536000"] },
    {
      name: "a tenant header that is none",
      values: { tenantHeader: "x tenant" },
      says: ['tenantHeader: "x tenant" is not a header name'],
    },
    {
      name: "a tenant header that is taken",
      values: { tenantHeader: "X-Model-Affinity" },
      says: ["tenantHeader: the header X-Model-Affinity already has another meaning"],
    },
    {
      name: "a version that is none",
      values: { planoVersion: "latest" },
      says: ['planoVersion: "latest" is not a version such as 0.4.27'],
    },
    {
      name: "a version that no longer pins",
      values: { planoVersion: "0.4.28" },
      says: ["planoVersion: Plano 0.4.28 cannot keep the promise: from 0.4.28 the router runs on every turn"],
    },
    {
      name: "a version that was not examined",
      values: { planoVersion: "0.10.0" },
      says: ["planoVersion: whether Plano 0.10.0 keeps a session on its model is not known here", "set planoVersion 0.4.27"],
    },
    {
      name: "a version without a tag",
      values: { planoVersion: "0.4.21" },
      says: ["planoVersion: Plano 0.4.21 was never released"],
    },
    { name: "a version before sessions", values: { planoVersion: "0.3.22" }, says: ["Plano 0.3.22 knows no sessions"] },
    {
      name: "a lifetime that the version ignores",
      values: { planoVersion: "0.4.36", sessionTtlSeconds: "900" },
      says: [
        "sessionTtlSeconds: Plano 0.4.36 ignores it: its pins live 300 s from the latest request",
        "config rm sessionTtlSeconds",
      ],
    },
    {
      name: "expiry of pins that live on",
      values: { planoVersion: "0.4.32", proof: '{"checks":["pinning","expiry"]}' },
      says: ["proof: the check expiry cannot be run on Plano 0.4.32"],
    },
    {
      name: "a version that does not pin yet",
      values: { planoVersion: "0.4.18" },
      says: ["planoVersion: Plano 0.4.18 shares no pins between replicas"],
    },
    {
      name: "an image that is none",
      values: { image: "Plano:latest:1" },
      says: ['image: "Plano:latest:1" is not an image reference'],
    },
    {
      name: "an image and a registry",
      values: { image: "plano:1", registry: "r.example.com/plano" },
      says: ["image: image and registry are both set", "pulumi config rm registry"],
    },
    {
      name: "a registry with a tag",
      values: { registry: "r.example.com/plano:1" },
      says: ['registry: "r.example.com/plano:1" is not a repository without a tag'],
    },
    {
      name: "credentials to pull with that are no file of Docker's",
      values: { imagePullConfig: "user:secret-word" },
      says: ["imagePullConfig: the value is not the JSON of Docker's config.json"],
    },
    {
      name: "credentials to pull with that are kept elsewhere",
      values: { imagePullConfig: '{"auths":{"r.example.com":{}},"credsStore":"desktop"}' },
      says: ["imagePullConfig: the file holds no credentials (auths.<registry>.auth)"],
    },
    {
      name: "a namespace that is neither made nor not",
      values: { createNamespace: "no" },
      says: ['createNamespace: "no" is not one of true, false'],
    },
    {
      name: "a storage class that is no name",
      values: { storageClass: "Fast SSD" },
      says: ['storageClass: "Fast SSD" is not a Kubernetes name'],
    },
    {
      name: "an unknown way to metrics",
      values: { metricsServer: "yes" },
      says: ['metricsServer: "yes" is not one of auto, install, ignore'],
    },
    {
      name: "a context that nothing would use",
      values: { cluster: "sandbox", context: "prod" },
      says: [
        "context: a context is only used when cluster is existing, and cluster is sandbox",
        "pulumi config set cluster existing",
      ],
    },
    {
      name: "a fault for Plano itself",
      values: { gateway: "plano", standinFault: "memory-cache" },
      says: ["standinFault: only the stand-in gateway has faults", "pulumi config set gateway standin"],
    },
    {
      name: "a proof that is no object",
      values: { proof: "off" },
      says: ['proof: "off" is not an object with the fields enabled, sessions, rounds, checks', "pulumi config rm proof"],
    },
    {
      name: "an unknown field of the proof",
      values: { proof: '{"session":4}' },
      says: ["proof.session: there is no such field; did you mean sessions?", "pulumi config rm --path proof.session"],
    },
    {
      name: "a proof that is neither on nor off",
      values: { proof: '{"enabled":"yes"}' },
      says: ['proof.enabled: "yes" is not true or false', "pulumi config set --path proof.enabled true"],
    },
    { name: "no sessions", values: { proof: '{"sessions":0}' }, says: ["proof.sessions: 0 is not a whole number between 1 and"] },
    { name: "one round", values: { proof: '{"rounds":1}' }, says: ["proof.rounds: 1 is not a whole number between 2 and"] },
    { name: "no checks", values: { proof: '{"checks":[]}' }, says: ["proof.checks: [] is not a list of checks"] },
    {
      name: "an unknown check",
      values: { proof: '{"checks":["pinning","luck"]}' },
      says: ["proof.checks: no check is called luck; there are control, pinning, redis, traces"],
    },
  ]);
});
