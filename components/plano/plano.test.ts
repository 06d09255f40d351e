import assert from "node:assert/strict";
import { Plano, type PlanoArgs } from "./plano";
import { assertWellFormed, containerOf, find, type Made, mockEngine, register, valueOf } from "../testing/pulumi-mocks";
import { planoArgs } from "../testing/plano-args";

const args: PlanoArgs = { ...planoArgs, serviceType: "NodePort", nodeAddress: "10.0.0.2" };

describe("Plano", () => {
  let plano: Plano;
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => (plano = new Plano("plano", args, opts)));
  });

  /** Makes a variant and gives it with its objects. */
  async function variant(
    name: string,
    changed: Partial<PlanoArgs>,
  ): Promise<{ readonly component: Plano; readonly objects: readonly Made[] }> {
    const components: Plano[] = [];
    const objects = await register((opts) => {
      const component = new Plano(name, { ...args, ...changed }, opts);
      components.push(component);
      return component;
    });
    assert.ok(components[0]);
    return { component: components[0], objects };
  }

  it("makes well-formed objects under the component", () => {
    assertWellFormed(made, "Plano", "plano");
    assert.deepEqual(
      made
        .slice(1)
        .map(({ type, manifest }) => `${type.split(":")[2]} ${manifest.metadata.name}`)
        .sort(),
      [
        "ConfigMap plano-config",
        "Deployment plano",
        "HorizontalPodAutoscaler plano",
        "NetworkPolicy plano-from-anyone",
        "PodDisruptionBudget plano",
        "Service plano",
      ],
    );
  });

  it("leaves the number of replicas to the autoscaler", () => {
    assert.equal("replicas" in find(made, "Deployment", "plano").manifest.spec, false);
    const { spec } = find(made, "HorizontalPodAutoscaler", "plano").manifest;
    assert.deepEqual(spec.scaleTargetRef, { apiVersion: "apps/v1", kind: "Deployment", name: "plano" });
    assert.equal(spec.minReplicas, 2);
    assert.equal(spec.maxReplicas, 5);
    assert.deepEqual(spec.metrics, [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
    ]);
  });

  it("never has fewer replicas than it should while it rolls or a node is drained", () => {
    assert.deepEqual(find(made, "Deployment", "plano").manifest.spec.strategy, {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
    });
    assert.deepEqual(find(made, "PodDisruptionBudget", "plano").manifest.spec, {
      maxUnavailable: 1,
      selector: { matchLabels: { app: "plano" } },
    });
  });

  it("gives the pods their name, the configuration and the credentials", () => {
    const container = containerOf(find(made, "Deployment", "plano"));
    const optional = (key: string) => ({
      name: key,
      valueFrom: { secretKeyRef: { name: "plano-secrets", key, optional: true } },
    });
    assert.deepEqual(container.env, [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      optional("REDIS_PASSWORD"),
      optional("REDIS_URL"),
      { name: "PLANO_CONFIG_FILE", value: "/app/config/plano_config.yaml" },
      optional("OPENAI_API_KEY"),
      { name: "STANDIN_FAULT", value: "none" },
    ]);
    assert.deepEqual(container.volumeMounts, [{ name: "config", mountPath: "/app/config", readOnly: true }]);
    assert.equal(find(made, "ConfigMap", "plano-config").manifest.data?.["plano_config.yaml"], "version: v0.4.0\n");
  });

  it("has probes, drains before it stops, and spreads over nodes", () => {
    const deployment = find(made, "Deployment", "plano");
    const container = containerOf(deployment);
    for (const probe of ["startupProbe", "readinessProbe"]) {
      assert.deepEqual((container[probe] as { httpGet: unknown }).httpGet, { path: "/healthz", port: "http" }, probe);
    }
    assert.deepEqual(container.lifecycle, { preStop: { httpGet: { path: "/drain", port: 12_090 } } });
    const pod = deployment.manifest.spec.template.spec;
    assert.equal(pod.terminationGracePeriodSeconds, 75);
    assert.equal((pod.topologySpreadConstraints as { topologyKey: string }[])[0]?.topologyKey, "kubernetes.io/hostname");
  });

  it("has the watch there before the gateway starts, once Redis can be had, and until the gateway has ended", () => {
    const { spec } = find(made, "Deployment", "plano").manifest.spec.template;
    const watch = spec.initContainers?.find(({ name }) => name === "redis-watch");
    assert.equal(watch?.restartPolicy, "Always", "what makes a side-car of an init container");
    assert.deepEqual((watch?.startupProbe as { httpGet: unknown }).httpGet, { path: "/start", port: 12_090 });
  });

  it("drains for as long as is set, and is given the time for it", async () => {
    const { objects } = await variant("patient", { drainSeconds: 600 });
    const deployment = find(objects, "Deployment", "plano");
    assert.deepEqual((containerOf(deployment, "redis-watch").command as string[]).slice(-2), ["5", "600"]);
    assert.equal(deployment.manifest.spec.template.spec.terminationGracePeriodSeconds, 615);
  });

  it("restarts a replica that has lost its Redis, by a watch that the image can run", async () => {
    const watchOf = (objects: readonly Made[]) => containerOf(find(objects, "Deployment", "plano"), "redis-watch");
    const commandOf = (objects: readonly Made[]) => watchOf(objects).command as string[];
    const { ports, env } = watchOf(made) as { ports: unknown; env: { name: string }[] };
    assert.deepEqual(ports, [{ name: "alive", containerPort: 12_090 }]);
    assert.deepEqual(
      env.map(({ name }) => name),
      ["POD_NAME", "REDIS_PASSWORD", "REDIS_URL"],
    );
    const { httpGet } = containerOf(find(made, "Deployment", "plano")).livenessProbe as { httpGet: unknown };
    assert.deepEqual(httpGet, { path: "/", port: 12_090 });
    const filesOf = (objects: readonly Made[]) => Object.keys(find(objects, "ConfigMap", "plano-config").manifest.data ?? {});
    const address = "redis.demo.svc.cluster.local:6379";
    assert.deepEqual(commandOf(made), ["node", "/app/config/watch.cjs", address, "5", "5", "60"]);
    assert.deepEqual(filesOf(made), ["plano_config.yaml", "watch.cjs"]);
    const { objects } = await variant("plano-probe", { gateway: "plano" });
    assert.deepEqual(commandOf(objects), ["python3", "/app/config/watch.py", address, "20", "5", "60"]);
    assert.deepEqual(filesOf(objects), ["plano_config.yaml", "watch.py"]);
  });

  it("asks for the CPU that the autoscaler counts by", () => {
    assert.deepEqual(containerOf(find(made, "Deployment", "plano")).resources, {
      requests: { cpu: "200m", memory: "96Mi" },
      limits: { memory: "256Mi" },
    });
  });

  it("gives the stand-in no privileges, and the official image root because it sets no user", async () => {
    const securityOf = (objects: readonly Made[]) => {
      const deployment = find(objects, "Deployment", "plano");
      const pod = deployment.manifest.spec.template.spec;
      return {
        token: pod.automountServiceAccountToken,
        pod: pod.securityContext,
        container: containerOf(deployment).securityContext,
      };
    };
    assert.deepEqual(securityOf(made), {
      token: false,
      pod: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, seccompProfile: { type: "RuntimeDefault" } },
      container: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true },
    });
    const official = await variant("official", { gateway: "plano" });
    assert.deepEqual(securityOf(official.objects), {
      token: false,
      pod: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
      container: { allowPrivilegeEscalation: false },
    });
  });

  it("may be deleted as long as its last replica drains, and no shorter than usual", async () => {
    const limitOf = async (name: string, drainSeconds: number): Promise<string | undefined> => {
      const limits = new Map<string, string | undefined>();
      await register(
        (opts) =>
          new Plano(
            name,
            { ...args, drainSeconds },
            {
              ...opts,
              transformations: [
                ...(opts.transformations ?? []),
                (it) => {
                  limits.set(it.type, it.opts.customTimeouts?.delete);
                  return undefined;
                },
              ],
            },
          ),
      );
      return limits.get("kubernetes:apps/v1:Deployment");
    };
    assert.equal(await limitOf("usual", 60), "600s");
    assert.equal(await limitOf("long", 3_600), "3720s");
  });

  it("passes the fault to the stand-in only", async () => {
    const faultOf = (objects: readonly Made[]) =>
      containerOf(find(objects, "Deployment", "plano")).env?.find(({ name }) => name === "STANDIN_FAULT")?.value;
    assert.equal(faultOf((await variant("faulty", { standinFault: "memory-cache" })).objects), "memory-cache");
    assert.equal(faultOf((await variant("real", { gateway: "plano", standinFault: "memory-cache" })).objects), undefined);
  });

  it("rolls when the configuration or a credential changes", async () => {
    const checksumOf = ({ objects }: { readonly objects: readonly Made[] }) =>
      find(objects, "Deployment", "plano").manifest.spec.template.metadata.annotations?.["plano-affinity/checksum"];
    const checksums = [
      checksumOf({ objects: made }),
      checksumOf(await variant("config", { config: "version: v0.4.1\n" })),
      checksumOf(await variant("credential", { credentialsChecksum: "def" })),
    ];
    assert.equal(new Set(checksums).size, 3);
  });

  it("answers on node port 32000", async () => {
    const { spec } = find(made, "Service", "plano").manifest;
    assert.equal(spec.type, "NodePort");
    assert.deepEqual(spec.ports, [{ name: "http", port: 12000, targetPort: "http", nodePort: 32000 }]);
    assert.equal(await valueOf(plano.url), "http://10.0.0.2:32000");
    assert.equal(await valueOf(plano.hint), "");
  });

  it("answers on the load balancer's address, and through a tunnel without one", async () => {
    await mockEngine({ status: { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } } });
    const balanced = await variant("balanced", { serviceType: "LoadBalancer" });
    assert.equal(await valueOf(balanced.component.url), "http://lb.example.com:12000");
    const inside = await variant("inside", { serviceType: "ClusterIP" });
    assert.equal(await valueOf(inside.component.url), "http://localhost:12000");
    assert.equal(await valueOf(inside.component.hint), "kubectl --namespace demo port-forward service/plano 12000:12000");
    assert.deepEqual(find(inside.objects, "Service", "plano").manifest.spec.ports, [
      { name: "http", port: 12000, targetPort: "http" },
    ]);
  });
});
