import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MetricsServer } from "./metrics-server";
import { containerOf, find, mockEngine, register } from "../testing/pulumi-mocks";

describe("MetricsServer", () => {
  beforeEach(() => mockEngine());

  it("trusts kubelets' certificates unseen only where it is told to", async () => {
    const argsOf = async (insecureKubelets?: boolean): Promise<unknown[]> => {
      await mockEngine();
      const made = await register((opts) => new MetricsServer("metrics", { insecureKubelets }, opts));
      return containerOf(find(made, "Deployment", "metrics-server")).args as unknown[];
    };
    assert.equal((await argsOf()).includes("--kubelet-insecure-tls"), false);
    assert.equal((await argsOf(true)).includes("--kubelet-insecure-tls"), true);
  });

  it("runs a pinned image without privileges, and answers the API through its service", async () => {
    const made = await register((opts) => new MetricsServer("metrics", {}, opts));
    const { image, securityContext } = containerOf(find(made, "Deployment", "metrics-server"));
    assert.match(String(image), /^registry\.k8s\.io\/metrics-server\/metrics-server:v\d+\.\d+\.\d+$/);
    assert.deepEqual((securityContext as { capabilities: object }).capabilities, { drop: ["ALL"] });
    const { service } = find(made, "APIService", "v1beta1.metrics.k8s.io").manifest.spec;
    assert.deepEqual(service, { name: "metrics-server", namespace: "kube-system" });
  });

  it("goes with the cluster when the cluster goes", async () => {
    const cluster = new pulumi.ComponentResource("test:index:Cluster", "cluster");
    const made = await register((opts) => new MetricsServer("metrics", {}, { ...opts, deletedWith: cluster }));
    for (const { deletedWith } of made.slice(1)) assert.equal(deletedWith, cluster);
  });
});
