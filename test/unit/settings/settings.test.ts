import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { loadSettings, settleByCluster, type Settings } from "../../../settings";

/** Loads a configuration; keys in `plain` are not stored encrypted although they should be. */
function load(
  values: { readonly [key: string]: string } = {},
  secretKeys: readonly string[] = ["OPENAI_API_KEY", "redisUrl", "redisPassword", "imagePullConfig"],
): Settings {
  return loadSettings({ values: new Map(Object.entries(values)), secretKeys: new Set(secretKeys) });
}

/** The message with which a configuration is refused. */
function refusal(values: { readonly [key: string]: string }, secretKeys?: readonly string[]): string {
  try {
    load(values, secretKeys);
  } catch (error) {
    assert.ok(pulumi.RunError.isInstance(error), String(error));
    return error.message;
  }
  return assert.fail(`accepted: ${JSON.stringify(values)}`);
}

describe("settings", () => {
  before(() =>
    pulumi.runtime.setMocks({
      newResource: ({ inputs }) => ({ id: "", state: inputs as object }),
      call: ({ inputs }) => inputs as object,
    }),
  );

  it("has the documented defaults", () => {
    assert.deepEqual(load(), {
      cluster: "auto",
      clusterName: "plano-demo",
      namespace: "plano-demo",
      context: undefined,
      createNamespace: true,
      storageClass: undefined,
      metricsServer: "auto",
      openaiApiKey: undefined,
      upstream: "stub",
      gateway: "auto",
      planoVersion: "0.4.27",
      image: undefined,
      registry: undefined,
      imagePullConfig: undefined,
      minReplicas: 2,
      maxReplicas: 5,
      cpuTarget: 70,
      drainSeconds: 60,
      sessionTtlSeconds: 600,
      tenantHeader: undefined,
      redisUrl: undefined,
      redisPassword: undefined,
      redisReplicas: 1,
      redisMaxMemory: "256mb",
      redisStorage: "1Gi",
      jaegerStorage: undefined,
      serviceType: "auto",
      ingress: { kind: "none" },
      monitoring: undefined,
      proof: { enabled: true, sessions: 4, rounds: 4, checks: ["control", "pinning", "redis", "traces"] },
      standinFault: "none",
    });
  });

  it("takes what is configured", () => {
    const settings = load({
      minReplicas: "3",
      maxReplicas: "3",
      planoVersion: "0.4.19",
      tenantHeader: "X-Tenant",
      redisStorage: "500Mi",
      serviceType: "ClusterIP",
    });
    assert.equal(settings.minReplicas, 3);
    assert.equal(settings.planoVersion, "0.4.19");
    assert.equal(settings.tenantHeader, "X-Tenant");
    assert.equal(settings.redisStorage, "500Mi");
    assert.equal(settings.serviceType, "ClusterIP");
  });

  it("allows one replica, about which the proof will have to say that it shows nothing", () => {
    assert.equal(load({ minReplicas: "1" }).minReplicas, 1);
  });

  it("changes single fields of the proof and keeps the others' defaults", () => {
    assert.deepEqual(load({ proof: '{"sessions":8,"checks":["pinning"]}' }).proof, {
      enabled: true,
      sessions: 8,
      rounds: 4,
      checks: ["pinning"],
    });
  });

  it("uses OpenAI when there is a key, and keeps the key secret", async () => {
    const settings = load({ OPENAI_API_KEY: "sk-test" });
    assert.equal(settings.upstream, "openai");
    assert.ok(settings.openaiApiKey);
    assert.equal(await pulumi.isSecret(settings.openaiApiKey), true);
    assert.equal(load({ OPENAI_API_KEY: "sk-test", upstream: "stub" }).upstream, "stub");
  });

  it("lists every violation at once, each with its remedy", () => {
    assert.equal(
      refusal({ minReplicas: "two", cpuTarget: "0" }),
      [
        "2 settings are wrong; nothing was made or changed.",
        '  minReplicas: "two" is not a whole number',
        "    → pulumi config set minReplicas 2",
        "  cpuTarget: 0 is not between 1 and 100",
        "    → pulumi config set cpuTarget 70",
      ].join("\n"),
    );
  });

  const cases: readonly {
    readonly name: string;
    readonly values: { readonly [key: string]: string };
    readonly says: readonly string[];
  }[] = [
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
      name: "a memory that Redis does not know",
      values: { redisMaxMemory: "256Mi" },
      says: ['redisMaxMemory: "256Mi" is not a size as Redis writes it', "pulumi config set redisMaxMemory 256mb"],
    },
    { name: "no memory", values: { redisMaxMemory: "0mb" }, says: ['redisMaxMemory: "0mb" is not a size'] },
    {
      name: "a volume size that Kubernetes does not know",
      values: { redisStorage: "1gb" },
      says: ['redisStorage: "1gb" is not a size as Kubernetes writes it'],
    },
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
      name: "a Redis URL of another scheme",
      values: { redisUrl: "http://:hush@redis" },
      says: ["redisUrl: the URL's scheme is http, not redis or rediss", "pulumi config set --secret redisUrl"],
    },
    { name: "a Redis URL that is none", values: { redisUrl: "redis" }, says: ["redisUrl: the value is not a URL"] },
    {
      name: "a Redis URL for Sentinel",
      values: { redisUrl: "redis+sentinel://a:26379" },
      says: ["redisUrl: the URL's scheme is redis+sentinel; Plano has no Sentinel or Cluster client: give one stable endpoint"],
    },
    {
      name: "a Redis URL with several hosts",
      values: { redisUrl: "redis://:hush,hush@a:6379,b:6379" },
      says: ["redisUrl: the URL names several hosts; Plano has no Sentinel or Cluster client: give one stable endpoint"],
    },
    {
      name: "a Redis URL whose database is no number",
      values: { redisUrl: "redis://cache/pins" },
      says: ["redisUrl: the URL's path is not the number of a database, such as /0"],
    },
    {
      name: "a Redis URL with more behind the database",
      values: { redisUrl: "rediss://cache/0#insecure" },
      says: ["redisUrl: the URL has a ? or # part; nothing may follow the database"],
    },
    {
      name: "a Redis password that is short",
      values: { redisPassword: "hush" },
      says: ["redisPassword: the value is not 16 to 128 letters and digits", "pulumi config set --secret redisPassword"],
    },
    {
      name: "a Redis password that cannot stand in a URL as it is",
      values: { redisPassword: "hush/hush@hush:hush" },
      says: ["redisPassword: the value is not 16 to 128 letters and digits"],
    },
    {
      name: "a Redis password for a Redis that is not the stack's",
      values: { redisPassword: "hushhushhushhush", redisUrl: "redis://cache.example.com" },
      says: [
        "redisPassword: redisUrl names a Redis of your own, and its password stands in the URL",
        "pulumi config rm redisPassword, or pulumi config rm redisUrl",
      ],
    },
    { name: "a Redis URL without a host", values: { redisUrl: "redis://" }, says: ["redisUrl: the URL names no host"] },
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
      name: "two Redis replicas",
      values: { redisReplicas: "2" },
      says: ['redisReplicas: "2" is not one of 1, 3', "pulumi config set redisReplicas 1"],
    },
    {
      name: "replicas of a Redis that is not run",
      values: { redisReplicas: "3", redisUrl: "redis://cache.example.com" },
      says: ["redisReplicas: redisUrl names a Redis of your own", "pulumi config rm redisReplicas"],
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
  ];
  for (const { name, values, says } of cases) {
    it(`refuses ${name}`, () => {
      const message = refusal(values);
      assert.match(message, /^1 setting is wrong; nothing was made or changed\.\n/);
      for (const part of says) assert.ok(message.includes(part), `"${part}" is not in:\n${message}`);
    });
  }

  it("refuses secrets in plain text, and never quotes them", () => {
    const message = refusal({ OPENAI_API_KEY: "sk-hush", redisUrl: "redis://:hush@redis" }, []);
    assert.match(message, /OPENAI_API_KEY: the value is stored in plain text\n {4}→ pulumi config set --secret OPENAI_API_KEY/);
    assert.match(message, /redisUrl: the value is stored in plain text/);
    assert.doesNotMatch(message, /hush/);
  });

  it("never quotes a Redis password", () => {
    assert.doesNotMatch(refusal({ redisPassword: "hush hush hush hush" }), /hush/);
    assert.match(refusal({ redisPassword: "hushhushhushhush" }, []), /redisPassword: the value is stored in plain text/);
  });

  it("does not compare numbers that are wrong by themselves", () => {
    assert.doesNotMatch(refusal({ maxReplicas: "0" }), /is more than/);
  });
});

describe("what depends on the cluster", () => {
  it("is the stand-in with the stub on the sandbox's node ports", () => {
    assert.deepEqual(settleByCluster(load(), "sandbox"), {
      gateway: "standin",
      routing: "stub",
      needsStub: true,
      serviceType: "NodePort",
      metricsServer: "cluster",
      nodePortsAnswer: true,
    });
  });

  it("is Plano behind a load balancer on an existing cluster", () => {
    const settled = settleByCluster(load({ OPENAI_API_KEY: "sk-test" }), "existing");
    assert.deepEqual(settled, {
      gateway: "plano",
      routing: "hosted",
      needsStub: false,
      serviceType: "LoadBalancer",
      metricsServer: "cluster",
      nodePortsAnswer: false,
    });
  });

  it("brings a metrics-server to kind, which has none, and elsewhere only when it is told to", () => {
    const on = (kind: "sandbox" | "existing" | "kind", metricsServer: string) =>
      settleByCluster(load({ OPENAI_API_KEY: "sk-test", upstream: "stub", metricsServer }), kind).metricsServer;
    assert.deepEqual([on("kind", "auto"), on("existing", "auto"), on("sandbox", "auto")], ["install", "cluster", "cluster"]);
    assert.deepEqual(
      [on("kind", "install"), on("existing", "install"), on("sandbox", "install")],
      ["install", "install", "cluster"],
    );
    assert.deepEqual([on("kind", "ignore"), on("existing", "ignore"), on("sandbox", "ignore")], ["ignore", "ignore", "cluster"]);
    const joined = settleByCluster(load({ OPENAI_API_KEY: "sk-test" }), "kind", true);
    assert.equal(joined.metricsServer, "cluster", "what is in a cluster that was joined is left alone");
  });

  it("takes the stub for its price list where a routing budget holds sessions", () => {
    const openai = load({ planoVersion: "0.4.36", OPENAI_API_KEY: "sk-test", image: "registry.example.com/plano:1" });
    const { routing, needsStub } = settleByCluster(openai, "existing");
    assert.deepEqual({ routing, needsStub }, { routing: "hosted", needsStub: true });
  });

  it("needs no second way in from outside behind an Ingress", () => {
    const ingress = '{"kind":"Ingress","host":"llm.example.com"}';
    assert.equal(settleByCluster(load({ ingress, OPENAI_API_KEY: "sk-test" }), "existing").serviceType, "ClusterIP");
    const asked = load({ ingress, OPENAI_API_KEY: "sk-test", serviceType: "NodePort" });
    assert.equal(settleByCluster(asked, "existing").serviceType, "NodePort");
  });

  it("is what is configured, where something is", () => {
    const { gateway, routing, serviceType } = settleByCluster(
      load({ gateway: "standin", serviceType: "ClusterIP", OPENAI_API_KEY: "sk-test" }),
      "kind",
    );
    assert.deepEqual({ gateway, routing, serviceType }, { gateway: "standin", routing: "stub", serviceType: "ClusterIP" });
  });

  it("refuses Plano in the sandbox, unless its image comes from somewhere", () => {
    const settle = (values: Record<string, string>) => () => settleByCluster(load({ gateway: "plano", ...values }), "sandbox");
    assert.throws(settle({}), /gateway: the sandbox cannot pull Plano's image.*\n {2}→ .*pulumi config set registry …/);
    assert.equal(settle({ registry: "192.0.2.1:5000/plano" })().gateway, "plano");
    assert.equal(settle({ image: "192.0.2.1:5000/plano:1" })().gateway, "plano");
  });

  it("lets the stub and the stand-in run on an existing cluster without an image of theirs", () => {
    assert.equal(settleByCluster(load(), "existing").needsStub, true);
    assert.equal(settleByCluster(load({ gateway: "standin" }), "existing").gateway, "standin");
  });

  it("refuses a fault when the gateway turns out to be Plano", () => {
    assert.throws(
      () => settleByCluster(load({ standinFault: "no-traces" }), "kind"),
      /standinFault: only the stand-in gateway has faults, and on a cluster of kind kind/,
    );
  });
});
