import assert from "node:assert/strict";
import { refusal, type Values, withoutEngine } from "./testing/load-settings";

const ingress = (fields: object): Values => ({ ingress: JSON.stringify({ kind: "Ingress", host: "a.b", ...fields }) });
const pods = (parts: object): Values => ({ pods: JSON.stringify(parts) });
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
    "whether Plano 0.10.0 keeps a session on its model is not known here; 0.4.36 is the newest",
    "set planoVersionUnexamined true, and the proof decides; or pulumi config set planoVersion 0.4.27",
  ],
  // It is for newer ones: of these is known that they cannot.
  [{ planoVersion: "0.4.28", planoVersionUnexamined: "true" }, "planoVersion: Plano 0.4.28 cannot keep the promise"],
  [{ planoVersionUnexamined: "yes" }, 'planoVersionUnexamined: "yes" is not one of true, false'],
  [
    { redisUrl: "REDISS://cache.example.com", planoVersion: "0.4.22" },
    "redisUrl: Plano 0.4.22 has no TLS for Redis, and the URL is rediss://",
    "set planoVersion 0.4.27",
  ],
  [{ planoVersion: "0.4.21" }, "planoVersion: Plano 0.4.21 was never released"],
  [{ planoVersion: "0.3.22" }, "Plano 0.3.22 knows no sessions"],
  [{ planoVersion: "0.4.18" }, "planoVersion: Plano 0.4.18 shares no pins between replicas"],
  [{ planoVersion: "0.4.36", sessionTtlSeconds: "9" }, "Plano 0.4.36 ignores it: its pins live 300 s", "rm sessionTtlSeconds"],
  [{ standinFault: "no-refresh" }, "standinFault: no-refresh is a bug of anchors, and Plano 0.4.27 keeps none", "0.4.32"],
  [{ image: "Plano:latest:1" }, 'image: "Plano:latest:1" is not an image reference'],
  [{ image: "plano:1", registry: "r.example.com/plano" }, "image: image and registry are both set", "pulumi config rm registry"],
  [{ registry: "r.example.com/plano:1" }, 'registry: "r.example.com/plano:1" is not a repository without a tag'],
  ...["user:secret-word", "null", '{"auths":{"r.io":{}},"credsStore":"desktop"}', '{"auths":{"r.io":null}}'].map(
    (imagePullConfig) => [{ imagePullConfig }, "imagePullConfig: the value is no config.json of Docker with"] as const,
  ),
  [{ storageClass: "Fast SSD" }, 'storageClass: "Fast SSD" is not a Kubernetes name'],
  [{ cluster: "sandbox", context: "c" }, "a context is only used when cluster is existing", "set cluster existing"],
  [{ proof: "off" }, 'proof: "off" is not an object with the fields enabled, sessions, rounds, checks', "config rm proof"],
  [{ proof: '{"session":4}' }, "proof.session: there is no such field; did you mean sessions?", "rm --path proof.session"],
  [{ proof: '{"enabled":"yes"}' }, 'proof.enabled: "yes" is not one of true, false', "set --path proof.enabled true"],
  [{ proof: '{"sessions":0}' }, "proof.sessions: 0 is not between 1 and 10000"],
  [{ proof: '{"rounds":1}' }, "proof.rounds: 1 is not between 2 and 1000", "set --path proof.rounds 4"],
  [{ proof: '{"checks":[]}' }, "proof.checks: [] is not a list of checks", "pulumi config rm --path proof.checks"],
  [{ proof: '{"checks":["scale"]}' }, "proof.checks: no check is called scale; there are control, pinning, redis, traces, race,"],
  [{ monitoring: "true" }, 'monitoring: "true" is neither off, on nor a label such as release=prometheus', "monitoring off"],
  ...["release=a b", "=prometheus", "a=b=c"].map((text) => [{ monitoring: text }, `monitoring: "${text}" is neither`] as const),
  [{ monitoring: "on,release=x" }, 'monitoring: "on" is neither'],
  [ingress({ kind: "Route" }), 'ingress.kind: "Route" is not one of none, Ingress, HTTPRoute', "ingress.kind Ingress"],
  [ingress({ hots: 1 }), "ingress.hots: there is no such field; there are kind, host, className,", "rm --path ingress.hots"],
  [ingress({ kind: "none" }), 'ingress.kind: it is "none", so host would have no effect', "set --path ingress.kind Ingress"],
  [ingress({ host: undefined }), "ingress.host: kind Ingress needs the name", "ingress.host llm.example.com"],
  [ingress({ host: "https://a.b" }), 'ingress.host: "https://a.b" is not a DNS name', "ingress.host llm.example.com"],
  [ingress({ className: "N G" }), 'ingress.className: "N G" is not a Kubernetes name', "ingress.className nginx"],
  [ingress({ gateway: "g" }), "ingress.gateway: only an HTTPRoute joins a Gateway", "config rm --path ingress.gateway"],
  [route({}), "ingress.gateway: an HTTPRoute needs one, or the className", "ingress.gateway infra/public"],
  [route({ gateway: "g", className: "i" }), "ingress.className: the HTTPRoute joins the Gateway g", "ingress.className"],
  [route({ gateway: "g", tlsSecret: "t" }), "ingress.tlsSecret: the Gateway g has it (tls true)", "rm --path ingress.tlsSecret"],
  [ingress({ tlsSecret: "t", tls: false }), "ingress.tls: it is false, but tlsSecret names a certificate", "ingress.tls"],
  [route({ className: "istio", tls: true }), "ingress.tlsSecret: a Gateway that is made needs one", "ingress.tlsSecret llm-tls"],
  [ingress({ tls: "yes" }), 'ingress.tls: "yes" is not one of true, false', "ingress.tls true"],
  [ingress({ annotations: [] }), "ingress.annotations: [] is not an object of texts", "ingress.annotations"],
  [ingress({ annotations: { size: [1] } }), "ingress.annotations: the value of size is not a text"],
  [{ images: '{"redis":"Redis 7"}' }, 'images.redis: "Redis 7" is not an image', "rm --path images.redis"],
  [{ imageMirror: "mirror" }, 'imageMirror: "mirror" is not a registry\'s host', "pulumi config rm imageMirror"],
  [pods({ redis: 1 }), 'pods.redis: "1" is not an object with the fields resources,'],
  [pods({ valkey: {} }), "pods.valkey: there is no such field; there are gateway, redis,", "rm --path pods.valkey"],
  [pods({ redis: { replicas: 2 } }), "pods.redis.replicas: there is no such field", "rm --path pods.redis.replicas"],
  [pods({ gateway: { labels: { app: "x" } } }), "pods.gateway.labels: app belongs to the stack"],
  [pods({ gateway: { annotations: { "plano-affinity/checksum": "1" } } }), "plano-affinity/checksum belongs to the stack"],
  [pods({ jaeger: { resources: { limit: {} } } }), "pods.jaeger.resources.limit: there is no such field; did you mean limits?"],
  [pods({ jaeger: { resources: { limits: { memory: "1 GB" } } } }), 'resources.limits: memory: "1 GB" is not an amount'],
  [pods({ stub: { nodeSelector: { "a b": "x" } } }), 'pods.stub.nodeSelector: "a b" is not a name that Kubernetes accepts'],
  [pods({ stub: { tolerations: [{ taint: "x" }] } }), "pods.stub.tolerations: ", "is not a list of objects with the fields key,"],
  [pods({ stub: { affinity: { node: {} } } }), "pods.stub.affinity: ", "is not an object with the fields nodeAffinity,"],
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
  ...[
    ...["http://:hush@redis", "redis", "redis://", "redis+sentinel://:hush@a:26379", "redis://:hush,hush@a:6379,b:6379"],
    ...["redis://:hush@a,b", "redis://cache/pins", "rediss://cache/0#insecure", "redis://cache/0?hush"],
  ].map((redisUrl) => [{ redisUrl }, "redisUrl: the value is not redis://", "one stable endpoint", "--secret redisUrl"] as const),
  ...["rediss://:hush%@cache", "redis://a%zz:hush@cache"].map(
    (redisUrl) => [{ redisUrl }, "redisUrl: a % in the user name or password is not encoded: write %25 for it\n"] as const,
  ),
  [{ redisPassword: "hush" }, "redisPassword: the value is not 16 to 128 letters and digits", "set --secret redisPassword"],
  [{ redisReplicas: "2" }, 'redisReplicas: "2" is not one of 1, 3', "pulumi config set redisReplicas 1"],
  ...Object.entries({ redisPassword: "hushhushhushhush", redisReplicas: "3" }).map(([key, value]) => {
    const says = ["redisUrl: it names your own Redis: the stack runs none", `pulumi config rm ${key}`] as const;
    return [{ [key]: value, redisUrl: "redis://cache.example.com" }, ...says] as const;
  }),
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
