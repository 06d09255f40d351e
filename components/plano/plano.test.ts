import assert from "node:assert/strict";
import { Plano, planoObjects } from "./plano";
import type { PlanoArgs } from "./plano-pod";
import type { IngressSettings } from "../../settings";
import { find, mainContainer, type Manifest, mockEngine, register, rendered, valueOf } from "../testing/pulumi-mocks";

/** Two to five replicas of the stand-in, on a node's port. */
const args: PlanoArgs = {
  namespace: "demo",
  gateway: "standin",
  image: "standin:1",
  config: "version: v0.4.0\n",
  variables: [{ name: "ANTHROPIC_API_KEY", secret: "mine" }],
  furtherPorts: [8001],
  secretName: "plano-secrets",
  credentialsChecksum: "abc",
  minReplicas: 2,
  maxReplicas: 5,
  cpuTarget: 70,
  drainSeconds: 60,
  serviceType: "NodePort",
  ingress: { kind: "none" },
  nodeAddress: "10.0.0.2",
};

const objectsOf = (changed: Partial<PlanoArgs> = {}) => rendered(planoObjects({ ...args, ...changed }));
const of = (key: string, changed: Partial<PlanoArgs> = {}): Manifest => objectsOf(changed)[key] ?? assert.fail(key);
const podOf = (changed: Partial<PlanoArgs> = {}) => of("main", changed).spec.template;

describe("Plano", () => {
  it("leaves the number of replicas to the autoscaler", () => {
    assert.equal("replicas" in of("main").spec, false);
    const { minReplicas, maxReplicas, metrics } = of("autoscaler").spec;
    assert.deepEqual([minReplicas, maxReplicas], [2, 5]);
    assert.match(JSON.stringify(metrics), /"name":"cpu",.*"averageUtilization":70/);
  });

  it("gives the pods credentials by reference alone", () => {
    const { env = [] } = mainContainer(objectsOf());
    const plain = env.filter(({ value }) => value !== undefined).map(({ name }) => name);
    assert.deepEqual(plain, ["PLANO_CONFIG_FILE", "STANDIN_FAULT"]);
    const secretKeyRef = { name: "mine", key: "ANTHROPIC_API_KEY" };
    assert.deepEqual(env.find(({ name }) => name === "ANTHROPIC_API_KEY")?.valueFrom, { secretKeyRef });
  });

  it("drains before it stops for as long as is set", () => {
    for (const [drainSeconds, graceSeconds] of [
      [60, 75],
      [600, 615],
    ] as const) {
      const { command } = mainContainer(objectsOf({ drainSeconds }), "redis-watch");
      assert.equal((command as string[]).at(-1), String(drainSeconds));
      assert.equal(podOf({ drainSeconds }).spec.terminationGracePeriodSeconds, graceSeconds);
    }
  });

  for (const [gateway, interpreter, file, turn] of [
    ["standin", "node", "watch.cjs", "15"],
    ["plano", "python3", "watch.py", "30"],
  ] as const) {
    it(`restarts a replica that has lost its Redis, by a watch that the image of ${gateway} can run`, () => {
      const address = "redis.demo.svc.cluster.local:6379";
      const { command } = mainContainer(objectsOf({ gateway }), "redis-watch");
      assert.deepEqual(command, [interpreter, `/app/config/${file}`, address, turn, "5", "60"]);
      assert.deepEqual(Object.keys(of("config", { gateway }).data ?? {}), ["plano_config.yaml", file]);
    });
  }

  for (const [gateway, env, writes] of [
    [
      "standin",
      ["NODE_EXTRA_CA_CERTS=/etc/plano-affinity/ca.pem"],
      /^node -e fs\.writeFileSync\("\/etc\/plano-affinity\/ca.pem", /,
    ],
    [
      "plano",
      [],
      /^sh -c cat \/etc\/ssl\/certs\/ca-certificates.crt >\S+ && printenv CA_BUNDLE >>\/etc\/plano-affinity\/ca.pem$/,
    ],
  ] as const)
    it(`adds authorities of one's own to those that ${gateway} trusts, before anything else starts`, () => {
      const objects = objectsOf({ gateway, caBundle: "PEM" });
      const { initContainers = [], volumes } = podOf({ gateway, caBundle: "PEM" }).spec;
      assert.deepEqual(
        initContainers.map(({ name }) => name),
        ["trust", "redis-watch"],
      );
      assert.match((initContainers[0]?.command as string[]).join(" "), writes);
      const source = { secretKeyRef: { name: "plano-secrets", key: "CA_BUNDLE" } };
      assert.deepEqual(initContainers[0]?.env, [{ name: "CA_BUNDLE", valueFrom: source }]);
      assert.deepEqual((volumes as object[])[1], { name: "trust", emptyDir: {} });
      for (const container of ["gateway", "redis-watch"]) {
        const { env: all = [], volumeMounts } = mainContainer(objects, container);
        const node = all.filter(({ name }) => name.startsWith("NODE_")).map(({ name, value }) => `${name}=${value}`);
        assert.deepEqual(node, env, container);
        assert.deepEqual((volumeMounts as object[])[1], { name: "trust", mountPath: "/etc/plano-affinity", readOnly: true });
      }
    });

  it("gives a fault to the stand-in only", () => {
    const faultOf = (gateway: PlanoArgs["gateway"]): string | undefined =>
      mainContainer(objectsOf({ gateway, standinFault: "memory-cache" })).env?.find(({ name }) => name === "STANDIN_FAULT")
        ?.value;
    assert.deepEqual([faultOf("plano"), faultOf("standin")], [undefined, "memory-cache"]);
  });

  it("rolls when the configuration, a credential or the program changes", () => {
    const changes = [{}, { config: "version: v0.4.1\n" }, { credentialsChecksum: "def" }, { program: "H4sI" }];
    const checksums = changes.map((it) => podOf(it).metadata.annotations?.["plano-affinity/checksum"]);
    assert.equal(new Set(checksums).size, changes.length);
  });

  it("may be deleted as long as its last replica drains, and no shorter than usual", async () => {
    await mockEngine();
    for (const [drainSeconds, limit] of [
      [60, "600s"],
      [3_600, "3720s"],
    ] as const) {
      const made = await register((opts) => new Plano(`plano-${drainSeconds}`, { ...args, drainSeconds }, opts));
      assert.equal(find(made, "Deployment", "plano").opts.customTimeouts?.delete, limit);
    }
  });

  const noBalancer = {};
  const balancer = { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } };
  for (const [serviceType, status, url, hint] of [
    ["NodePort", noBalancer, "http://10.0.0.2:32000", ""],
    ["LoadBalancer", balancer, "http://lb.example.com:12000", ""],
    ["ClusterIP", noBalancer, "http://localhost:12000", "kubectl --namespace demo port-forward service/plano 12000:12000"],
  ] as const) {
    it(`answers at ${url} by a Service of type ${serviceType}`, async () => {
      const { metadata, spec } = of("service", { serviceType });
      const port = { name: "http", port: 12000, targetPort: "http" };
      const further = { name: "listener-8001", port: 8001, targetPort: "listener-8001" };
      assert.deepEqual(spec.ports, [serviceType === "NodePort" ? { ...port, nodePort: 32000 } : port, further]);
      // A load balancer has a limit for giving its address.
      const limit = serviceType === "LoadBalancer" ? { "pulumi.com/timeoutSeconds": "300" } : undefined;
      assert.deepEqual(metadata.annotations, limit);
      await mockEngine({ status });
      const plano = new Plano("plano", { ...args, serviceType });
      assert.deepEqual([await valueOf(plano.url), await valueOf(plano.hint)], [url, hint]);
    });
  }
});

describe("the gateway's route", () => {
  const host = "llm.example.com";
  const route = (ingress: IngressSettings) => objectsOf({ ingress });

  it("is not there unless it is asked for", () => {
    const { ingress, gateway, "http-route": httpRoute } = route({ kind: "none" });
    assert.deepEqual([ingress, gateway, httpRoute], [undefined, undefined, undefined]);
  });

  it("is an Ingress with the certificate of a secret, with the controller's own, or without any", () => {
    const annotations = { "nginx.ingress.kubernetes.io/proxy-read-timeout": "300" };
    const usual = { kind: "Ingress", host } as const;
    const { ingress } = route({ ...usual, className: "nginx", tlsSecret: "llm-tls", annotations });
    assert.deepEqual(ingress?.metadata.annotations, { ...annotations, "pulumi.com/skipAwait": "true" });
    assert.equal(ingress.spec["ingressClassName"], "nginx");
    assert.deepEqual(ingress.spec["tls"], [{ hosts: [host], secretName: "llm-tls" }]);
    assert.deepEqual(route({ ...usual, tls: true })["ingress"]?.spec.tls, [{ hosts: [host] }]);
    assert.equal(route(usual)["ingress"]?.spec.tls, undefined);
  });

  it("is an HTTPRoute that joins a Gateway", () => {
    const { "http-route": far, gateway } = route({ kind: "HTTPRoute", host, gateway: "infra/public", tls: true });
    assert.equal(gateway, undefined);
    assert.deepEqual([far?.spec["parentRefs"], far?.spec["hostnames"]], [[{ namespace: "infra", name: "public" }], [host]]);
    const near = route({ kind: "HTTPRoute", host, gateway: "public" });
    assert.deepEqual(near["http-route"]?.spec.parentRefs, [{ name: "public" }]);
  });

  it("is an HTTPRoute with a Gateway of its own, which holds the certificate", () => {
    const own = { kind: "HTTPRoute", host, className: "istio" } as const;
    const { "http-route": httpRoute, gateway } = route({ ...own, tlsSecret: "llm-tls" });
    assert.deepEqual(httpRoute?.spec.parentRefs, [{ name: "plano" }]);
    assert.equal(gateway?.spec["gatewayClassName"], "istio");
    const tls = { certificateRefs: [{ name: "llm-tls" }] };
    assert.deepEqual(gateway.spec["listeners"], [{ name: "https", protocol: "HTTPS", port: 443, hostname: host, tls }]);
    assert.deepEqual(route(own)["gateway"]?.spec.listeners, [{ name: "http", protocol: "HTTP", port: 80, hostname: host }]);
  });
});
