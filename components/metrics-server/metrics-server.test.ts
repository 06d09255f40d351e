import assert from "node:assert/strict";
import { metricsServerObjects } from "./metrics-server";
import { mainContainer, rendered } from "../testing/pulumi-mocks";

describe("MetricsServer", () => {
  it("trusts kubelets' certificates unseen only where it is told to", () => {
    const trusts = (insecureKubelets?: boolean): boolean =>
      (mainContainer(metricsServerObjects({ insecureKubelets })).args as string[]).includes("--kubelet-insecure-tls");
    assert.deepEqual([trusts(), trusts(true)], [false, true]);
  });

  it("runs a pinned image without privileges, and answers the API through its service", () => {
    const objects = metricsServerObjects({});
    const { image, securityContext } = mainContainer(objects);
    assert.match(String(image), /^registry\.k8s\.io\/metrics-server\/metrics-server:v\d+\.\d+\.\d+$/);
    assert.deepEqual((securityContext as { capabilities: object }).capabilities, { drop: ["ALL"] });
    const mine = { imageMirror: "r.example.com/hub", pods: { metricsServer: { resources: { requests: { cpu: "7m" } } } } };
    const own = mainContainer(metricsServerObjects(mine));
    assert.match(String(own.image), /^r\.example\.com\/hub\/metrics-server\//);
    assert.deepEqual((own.resources as { requests: object }).requests, { cpu: "7m", memory: "200Mi" });
    assert.deepEqual(rendered(objects)["api"]?.spec.service, { name: "metrics-server", namespace: "kube-system" });
  });
});
