import assert from "node:assert/strict";
import { refusal, type Values, withoutEngine } from "./testing/load-settings";

const ingress = (fields: object): Values => ({ ingress: JSON.stringify({ kind: "Ingress", host: "a.b", ...fields }) });
const route = (fields: object): Values => ingress({ kind: "HTTPRoute", ...fields });

/** Configurations with one thing wrong, and what the message has to contain. */
const refused: readonly (readonly [values: Values, ...says: string[]])[] = [
  [{ minReplica: "3" }, "minReplica: there is no such setting; did you mean minReplicas?", "pulumi config rm minReplica"],
  [{ flavour: "x" }, "flavour: there is no such setting; there are cluster, clusterName,"],
  [{ constructor: "x" }, "constructor: there is no such setting"],
  [{ openai_api_key: "sk" }, "did you mean OPENAI_API_KEY?"],
  [{ cluster: "minikube" }, 'cluster: "minikube" is not one of auto, kind, sandbox, existing', "pulumi config set cluster auto"],
  [{ standinFault: "memory" }, 'standinFault: "memory" is not one of none, memory-cache,', "pulumi config rm standinFault"],
  [{ namespace: "Plano_Demo" }, 'namespace: "Plano_Demo" is not a Kubernetes name'],
  [{ namespace: "default" }, "namespace: default belongs to Kubernetes, and destroy would delete it and everything in it\n"],
  [{ namespace: "kube-system" }, "namespace: kube-system belongs to Kubernetes", "pulumi config set namespace plano-demo"],
  [{ namespace: "" }, "namespace: the value is empty", "pulumi config set namespace plano-demo"],
  [{ OPENAI_API_KEY: "" }, "OPENAI_API_KEY: the value is empty", "pulumi config rm OPENAI_API_KEY to do without"],
  [{ upstream: "openai" }, "upstream: openai needs OPENAI_API_KEY, which is not set", "config set --secret OPENAI_API_KEY"],
  [{ minReplicas: "6" }, "minReplicas: 6 is more than maxReplicas, 5", "pulumi config set maxReplicas 6"],
  [{ minReplicas: "0" }, "minReplicas: 0 is not between 1 and 100"],
  [{ maxReplicas: "2.5" }, 'maxReplicas: "2.5" is not a whole number'],
  [{ tenantHeader: "x tenant" }, 'tenantHeader: "x tenant" is not a header name'],
  [{ tenantHeader: "X-Model-Affinity" }, "tenantHeader: the header X-Model-Affinity already has another meaning"],
  [{ tenantHeader: "Authorization" }, "tenantHeader: the header Authorization already has another meaning"],
  [{ planoVersion: "latest" }, 'planoVersion: "latest" is not a version such as 0.4.27'],
  [{ planoVersion: "0.4.28" }, "planoVersion: Plano 0.4.28 cannot keep the promise: from 0.4.28 the router runs on every turn"],
  [
    { planoVersion: "0.10.0" },
    "planoVersion: whether Plano 0.10.0 keeps a session on its model is not known here",
    "set planoVersion 0.4.27",
  ],
  [{ planoVersion: "0.4.21" }, "planoVersion: Plano 0.4.21 was never released"],
  [{ planoVersion: "0.3.22" }, "Plano 0.3.22 knows no sessions"],
  [{ planoVersion: "0.4.18" }, "planoVersion: Plano 0.4.18 shares no pins between replicas"],
  [
    { planoVersion: "0.4.36", sessionTtlSeconds: "900" },
    "sessionTtlSeconds: Plano 0.4.36 ignores it: its pins live 300 s from the latest request",
    "config rm sessionTtlSeconds",
  ],
  [
    { planoVersion: "0.4.32", proof: '{"checks":["pinning","expiry"]}' },
    "proof: the check expiry cannot run on Plano 0.4.32",
    "leave expiry out of proof.checks",
  ],
  [{ image: "Plano:latest:1" }, 'image: "Plano:latest:1" is not an image reference'],
  [{ image: "plano:1", registry: "r.example.com/plano" }, "image: image and registry are both set", "pulumi config rm registry"],
  [{ registry: "r.example.com/plano:1" }, 'registry: "r.example.com/plano:1" is not a repository without a tag'],
  [{ imagePullConfig: "user:secret-word" }, "imagePullConfig: the value is not the JSON of Docker's config.json"],
  [
    { imagePullConfig: '{"auths":{"r.example.com":{}},"credsStore":"desktop"}' },
    "imagePullConfig: the file holds no credentials (auths.<registry>.auth)",
  ],
  [{ storageClass: "Fast SSD" }, 'storageClass: "Fast SSD" is not a Kubernetes name'],
  [
    { cluster: "sandbox", context: "prod" },
    "context: a context is only used when cluster is existing, and cluster is sandbox",
    "pulumi config set cluster existing",
  ],
  [{ gateway: "plano", standinFault: "memory-cache" }, "standinFault: only the stand-in gateway has faults", "gateway standin"],
  [{ proof: "off" }, 'proof: "off" is not an object with the fields enabled, sessions, rounds, checks', "config rm proof"],
  [{ proof: '{"session":4}' }, "proof.session: there is no such field; did you mean sessions?", "rm --path proof.session"],
  [{ proof: '{"enabled":"yes"}' }, 'proof.enabled: "yes" is not true or false', "pulumi config set --path proof.enabled true"],
  [{ proof: '{"sessions":0}' }, "proof.sessions: 0 is not a whole number between 1 and"],
  [{ proof: '{"rounds":1}' }, "proof.rounds: 1 is not a whole number between 2 and"],
  [{ proof: '{"checks":[]}' }, "proof.checks: [] is not a list of checks"],
  [
    { proof: '{"checks":["pinning","scale"]}' },
    "proof.checks: no check is called scale; there are control, pinning, redis, traces, race, expiry",
  ],
  [{ monitoring: "true" }, 'monitoring: "true" is neither off, on nor a label such as release=prometheus', "monitoring off"],
  ...["release=a b", "=prometheus", "a=b=c"].map((text) => [{ monitoring: text }, `monitoring: "${text}" is neither`] as const),
  [{ monitoring: "on,release=x" }, 'monitoring: "on" is neither'],
  [ingress({ kind: "Route" }), 'ingress.kind: "Route" is not one of none, Ingress, HTTPRoute', "ingress.kind Ingress"],
  [ingress({ hots: 1 }), "ingress.hots: there is no such field; did you mean host?", "config rm --path ingress.hots"],
  [ingress({ kind: "none" }), 'ingress.kind: kind is "none", so host has no effect', "Ingress, or pulumi config rm ingress"],
  [ingress({ host: undefined }), "ingress.host: an Ingress needs the name", "ingress.host llm.example.com"],
  [ingress({ host: "https://a.b" }), 'ingress.host: "https://a.b" is not a DNS name', "ingress.host llm.example.com"],
  [ingress({ host: 12 }), "ingress.host: 12 is not a DNS name", "ingress.host llm.example.com"],
  [ingress({ className: "N G" }), 'ingress.className: "N G" is not a Kubernetes name', "ingress.className nginx"],
  [ingress({ gateway: "g" }), "ingress.gateway: only an HTTPRoute joins a Gateway", "config rm --path ingress.gateway"],
  [route({}), "ingress.gateway: an HTTPRoute needs either", "ingress.gateway infra/public"],
  [route({ gateway: "g", className: "istio" }), "ingress.gateway: an HTTPRoute needs either", "rm --path ingress.className"],
  [
    route({ gateway: "infra/public", tlsSecret: "llm-tls" }),
    "ingress.tlsSecret: the certificate belongs in the listener of the Gateway infra/public",
    "ingress.tls true",
  ],
  [
    ingress({ tlsSecret: "llm-tls", tls: false }),
    "ingress.tls: it is false, but tlsSecret names a certificate",
    "config rm --path ingress.tls",
  ],
  [
    route({ className: "istio", tls: true }),
    "ingress.tlsSecret: a Gateway made for this route needs a certificate",
    "ingress.tlsSecret llm-tls",
  ],
  [ingress({ tls: "yes" }), 'ingress.tls: "yes" is not true or false', "ingress.tls true"],
  [ingress({ annotations: { size: 1 } }), 'ingress.annotations: {"size":1} is not an object of texts', "ingress.annotations"],
  [
    { ingress: "on" },
    'ingress: "on" is not an object with the fields kind, host, className, gateway, tlsSecret, tls, annotations',
    "pulumi config rm ingress, then pulumi config set --path ingress.kind Ingress",
  ],
  [{ redisMaxMemory: "256Mi" }, 'redisMaxMemory: "256Mi" is not a size as Redis writes it', "config set redisMaxMemory 256mb"],
  [{ redisMaxMemory: "256" }, "redisMaxMemory: 256 is less than 8mb: without a unit it means bytes\n"],
  [{ redisMaxMemory: "8191KB" }, "redisMaxMemory: 8191KB is less than 8mb\n"],
  [{ redisMaxMemory: "0mb" }, 'redisMaxMemory: "0mb" is not a size'],
  [{ redisStorage: "1" }, "redisStorage: 1 is less than 64Mi: without a unit it means bytes\n", "config set redisStorage 1Gi"],
  [{ redisStorage: "1gb" }, 'redisStorage: "1gb" is not a size as Kubernetes writes it'],
  [{ jaegerStorage: "67M" }, "jaegerStorage: 67M is less than 64Mi\n", "pulumi config rm jaegerStorage"],
  [{ redisUrl: "http://:hush@redis" }, "redisUrl: the URL's scheme is http, not redis or rediss", "set --secret redisUrl"],
  [{ redisUrl: "redis" }, "redisUrl: the value is not a URL"],
  [{ redisUrl: "redis://" }, "redisUrl: the URL names no host"],
  [
    { redisUrl: "redis+sentinel://a:26379" },
    "redisUrl: the URL's scheme is redis+sentinel; Plano has no Sentinel or Cluster client: give one stable endpoint",
  ],
  [{ redisUrl: "redis://:hush,hush@a:6379,b:6379" }, "redisUrl: the URL names several hosts; Plano has no Sentinel"],
  [{ redisUrl: "redis://cache/pins" }, "redisUrl: the URL's path is not the number of a database, such as /0"],
  [{ redisUrl: "rediss://cache/0#insecure" }, "redisUrl: the URL has a ? or # part; nothing may follow the database"],
  [{ redisPassword: "hush" }, "redisPassword: the value is not 16 to 128 letters and digits", "set --secret redisPassword"],
  [{ redisPassword: "hush/hush@hush:hush" }, "redisPassword: the value is not 16 to 128 letters and digits"],
  [
    { redisPassword: "hushhushhushhush", redisUrl: "redis://cache.example.com" },
    "redisPassword: redisUrl names your own Redis, and its password is part of the URL",
    "pulumi config rm redisPassword, or pulumi config rm redisUrl",
  ],
  [{ redisReplicas: "2" }, 'redisReplicas: "2" is not one of 1, 3', "pulumi config set redisReplicas 1"],
  [
    { redisReplicas: "3", redisUrl: "redis://cache.example.com" },
    "redisReplicas: redisUrl names your own Redis",
    "pulumi config rm redisReplicas",
  ],
];

describe("a wrong setting", () => {
  before(withoutEngine);

  for (const [values, ...says] of refused) {
    it(`is refused: ${JSON.stringify(values)}`, () => {
      const message = refusal(values);
      assert.match(message, /^1 setting is wrong; nothing was made or changed\.\n/);
      for (const part of says) assert.ok(message.includes(part), `"${part}" is not in:\n${message}`);
      assert.doesNotMatch(message, /hush|secret-word/);
    });
  }

  it("is listed with all others, each with its remedy", () => {
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

  it("is a secret in plain text, which is never quoted", () => {
    const message = refusal({ OPENAI_API_KEY: "sk-hush", redisUrl: "redis://:hush@redis" }, []);
    assert.match(message, /OPENAI_API_KEY: the value is stored in plain text\n {4}→ pulumi config set --secret OPENAI_API_KEY/);
    assert.match(message, /redisUrl: the value is stored in plain text/);
    assert.doesNotMatch(message, /hush/);
  });

  it("is not compared with others", () => {
    assert.doesNotMatch(refusal({ maxReplicas: "0" }), /is more than/);
  });
});
