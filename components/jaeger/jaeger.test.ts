import * as pulumi from "@pulumi/pulumi";
import assert from "node:assert/strict";
import { Jaeger } from "./jaeger";
import { assertWellFormed, containerOf, find, type Made, mockEngine, register, valueOf } from "../testing/pulumi-mocks";

const args = { namespace: "demo", image: "jaeger:1", onNodePort: true, nodeAddress: "10.0.0.2" };

describe("Jaeger", () => {
  let jaeger: Jaeger;
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => (jaeger = new Jaeger("jaeger", args, opts)));
  });

  it("makes well-formed objects under the component", () => assertWellFormed(made, "Jaeger", "jaeger"));

  it("serves the page and takes OTLP inside the cluster", () => {
    const ports = find(made, "Service", "jaeger").manifest.spec.ports as { name: string; port: number }[];
    assert.deepEqual(
      ports.map(({ port }) => port),
      [16686, 4317, 4318],
    );
  });

  it("has the page on node port 31686 where node ports answer", async () => {
    const { spec } = find(made, "Service", "jaeger-ui").manifest;
    assert.equal(spec.type, "NodePort");
    assert.deepEqual(spec.ports, [{ name: "ui", port: 16686, targetPort: "ui", nodePort: 31686 }]);
    assert.equal(await valueOf(jaeger.url), "http://10.0.0.2:31686");
    assert.equal(await valueOf(jaeger.hint), "");
  });

  it("is found at another port where the node's is published there, and through a command where it is not", async () => {
    const urls: (string | undefined)[] = [];
    for (const nodePort of [16_686, undefined]) {
      let published: Jaeger | undefined;
      await register((opts) => (published = new Jaeger("published", { ...args, nodePort: pulumi.output(nodePort) }, opts)));
      urls.push(await valueOf((published as Jaeger).url));
    }
    assert.deepEqual(urls, ["http://10.0.0.2:16686", "http://localhost:16686"]);
  });

  it("stays inside the cluster elsewhere, where a command opens a tunnel", async () => {
    let inside: Jaeger | undefined;
    const elsewhere = { ...args, onNodePort: false, kubectl: "kubectl --context mine" };
    const objects = await register((opts) => (inside = new Jaeger("inside", elsewhere, opts)));
    assert.ok(inside);
    assert.equal(objects.filter(({ manifest }) => manifest.metadata?.name === "jaeger-ui").length, 0);
    assert.equal(await valueOf(inside.url), "http://localhost:16686");
    assert.equal(await valueOf(inside.hint), "kubectl --context mine --namespace demo port-forward service/jaeger 16686:16686");
  });

  it("keeps its traces on a volume where one is asked for, and stays in the restricted profile", async () => {
    const objects = await register((opts) => new Jaeger("stored", { ...args, storage: "5Gi", storageClass: "fast" }, opts));
    assertWellFormed(objects, "Jaeger", "jaeger");
    assert.deepEqual(find(objects, "PersistentVolumeClaim", "jaeger-data").manifest.spec, {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "5Gi" } },
    });
    const deployment = find(objects, "Deployment", "jaeger");
    const container = containerOf(deployment);
    assert.deepEqual(container.env, [{ name: "SPAN_STORAGE_TYPE", value: "badger" }]);
    assert.ok((container.args as string[]).includes("--badger.ephemeral=false"));
    assert.deepEqual((container.volumeMounts as object[])[1], { name: "data", mountPath: "/badger" });
    const { volumes } = deployment.manifest.spec.template.spec;
    assert.deepEqual((volumes as object[])[1], { name: "data", persistentVolumeClaim: { claimName: "jaeger-data" } });
  });

  it("keeps the image's entry point and bounds its memory", () => {
    const container = containerOf(find(made, "Deployment", "jaeger"));
    assert.equal(container.command, undefined);
    assert.deepEqual(container.args, ["--memory.max-traces=20000"]);
    assert.deepEqual(container.resources, { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "512Mi" } });
  });

  it("is asked for its health and gives up privileges", () => {
    const container = containerOf(find(made, "Deployment", "jaeger"));
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      assert.deepEqual((container[probe] as { httpGet: unknown }).httpGet, { path: "/", port: "health" }, probe);
    }
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    });
  });
});
