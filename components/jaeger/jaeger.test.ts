import assert from "node:assert/strict";
import { createServer } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { FakeApiServer } from "../../lib/kubernetes/testing/fake-api-server";
import { listening } from "../../lib/testing/listening";
import { mainContainer, mockEngine, rendered, valueOf } from "../testing/pulumi-mocks";
import { Jaeger, type JaegerArgs, jaegerObjects } from "./jaeger";

const args: JaegerArgs = { namespace: "demo", image: "jaeger:1", nodePortsAnswer: true, nodeAddress: "10.0.0.2" };

describe("Jaeger", () => {
  it("has its page on a node port where those answer", () => {
    assert.equal(rendered(jaegerObjects(args))["ui"]?.spec.type, "NodePort");
    assert.equal(rendered(jaegerObjects({ ...args, nodePortsAnswer: false }))["ui"], undefined);
  });

  const places: readonly (readonly [Partial<JaegerArgs>, url: string, hint: string])[] = [
    [{}, "http://10.0.0.2:31686", ""],
    [{ jaegerPort: pulumi.output(16_686) }, "http://10.0.0.2:16686", ""],
    ...[{ jaegerPort: pulumi.output(undefined) }, { nodePortsAnswer: false }].map(
      (it) => [it, "http://localhost:16686", "kubectl --namespace demo port-forward service/jaeger 16686:16686"] as const,
    ),
  ];
  for (const [changed, url, hint] of places) {
    it(`is found at ${url}, with ${JSON.stringify(Object.keys(changed))} set`, async () => {
      await mockEngine();
      const jaeger = new Jaeger("jaeger", { ...args, ...changed });
      assert.deepEqual([await valueOf(jaeger.url), await valueOf(jaeger.hint)], [url, hint]);
    });
  }

  it("is found at a node that answers, as the gateway is, where no address is known; that is no secret", async () => {
    await using api = await FakeApiServer.start();
    const nodes = { items: [{ status: { addresses: [{ type: "InternalIP", address: "127.0.0.1" }] } }] };
    api.answers.set("/api/v1/nodes", nodes);
    await using _ = await listening(createServer(), 31_686);
    await mockEngine();
    const kubeconfig = pulumi.secret(api.kubeconfig());
    for (const place of [{ nodeAddress: undefined }, { jaegerPort: pulumi.output(undefined) }]) {
      const { url, hint } = new Jaeger("jaeger", { ...args, ...place, kubeconfig });
      assert.deepEqual([await valueOf(url), await valueOf(hint)], ["http://127.0.0.1:31686", ""]);
      assert.equal(await pulumi.isSecret(url), false);
    }
    assert.equal(
      await valueOf(new Jaeger("jaeger", { ...args, nodePortsAnswer: false, kubeconfig }).url),
      "http://localhost:16686",
    );
  });

  it("keeps a bounded number of traces in memory, or all on a volume where one is asked for", () => {
    const config = (objects: object): string =>
      mainContainer(objects).env?.find(({ name }) => name === "JAEGER_CONFIG")?.value ?? "";
    assert.match(config(jaegerObjects(args)), /memory:\s+max_traces: 20000$/m);
    const stored = rendered(jaegerObjects({ ...args, jaegerStorage: "5Gi", storageClass: "fast" }));
    assert.match(config(stored), /badger:\s+ephemeral: false\s+directories:\s+keys: \/badger\/keys$/m);
    const { storageClassName, resources } = stored["data"]?.spec ?? assert.fail();
    assert.deepEqual([storageClassName, resources], ["fast", { requests: { storage: "5Gi" } }]);
  });
});
