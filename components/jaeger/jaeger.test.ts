import assert from "node:assert/strict";
import { createServer } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { FakeApiServer } from "../../lib/kubernetes/testing/fake-api-server";
import { listening } from "../../lib/testing/listening";
import { mainContainer, mockEngine, rendered, valueOf } from "../testing/pulumi-mocks";
import { Jaeger, type JaegerArgs, jaegerObjects } from "./jaeger";

const args: JaegerArgs = { namespace: "demo", image: "jaeger:1", nodePortsAnswer: true, nodeAddress: "10.0.0.2" };

describe("Jaeger", () => {
  it("serves the page and takes OTLP inside the cluster, and has the page on a node port where those answer", () => {
    const { service, ui } = rendered(jaegerObjects(args));
    assert.deepEqual(
      (service?.spec.ports as { port: number }[]).map(({ port }) => port),
      [16686, 4317, 4318],
    );
    assert.equal(ui?.spec.type, "NodePort");
    assert.deepEqual(ui.spec.ports, [{ name: "ui", port: 16686, targetPort: "ui", nodePort: 31686 }]);
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

  it("keeps traces in memory by the image's entry point, or on a volume where one is asked for", () => {
    const backends = (container: ReturnType<typeof mainContainer>): unknown => {
      assert.deepEqual([container.command, container.args], [undefined, ["--config=env:JAEGER_CONFIG"]]);
      const config = container.env?.find((it) => it.name === "JAEGER_CONFIG")?.value ?? "";
      return (parse(config) as { extensions: { jaeger_storage: { backends: object } } }).extensions.jaeger_storage.backends;
    };
    assert.deepEqual(backends(mainContainer(jaegerObjects(args))), { traces: { memory: { max_traces: 20_000 } } });
    const stored = rendered(jaegerObjects({ ...args, jaegerStorage: "5Gi", storageClass: "fast" }));
    assert.deepEqual(stored["data"]?.spec, {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "5Gi" } },
    });
    const container = mainContainer(stored);
    assert.match(JSON.stringify(backends(container)), /"badger":\{"ephemeral":false,"directories":\{"keys":"\/badger\/keys"/);
    assert.deepEqual((container.volumeMounts as object[])[1], { name: "data", mountPath: "/badger" });
    const volumes = stored["main"]?.spec.template.spec["volumes"] as object[] | undefined;
    assert.deepEqual(volumes?.[1], { name: "data", persistentVolumeClaim: { claimName: "jaeger-data" } });
  });
});
