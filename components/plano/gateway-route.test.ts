import assert from "node:assert/strict";
import { Plano } from "./plano";
import type { IngressSettings } from "../../settings";
import { assertWellFormed, find, type Made, mockEngine, register, valueOf } from "../testing/pulumi-mocks";
import { planoArgs } from "../testing/plano-args";

const host = "llm.example.com";

describe("the gateway's route", () => {
  before(() => mockEngine());

  let count = 0;
  async function route(ingress: IngressSettings): Promise<{ readonly made: readonly Made[]; readonly url: string }> {
    let plano: Plano | undefined;
    const made = await register((opts) => (plano = new Plano(`routed-${count++}`, { ...planoArgs, ingress }, opts)));
    assert.ok(plano);
    assertWellFormed(made, "Plano", "plano");
    return { made, url: await valueOf(plano.url) };
  }

  const kindsOf = (made: readonly Made[]): string[] =>
    made
      .map(({ type }) => type.split(":")[2] ?? "")
      .filter((kind) => ["Ingress", "HTTPRoute", "Gateway"].includes(kind))
      .sort();

  it("is not there unless it is asked for", async () => {
    assert.deepEqual(kindsOf((await route({ kind: "none" })).made), []);
  });

  it("is an Ingress with the certificate of a secret", async () => {
    const annotations = { "nginx.ingress.kubernetes.io/proxy-read-timeout": "300" };
    const { made, url } = await route({ kind: "Ingress", host, className: "nginx", tlsSecret: "llm-tls", annotations });
    assert.equal(url, "https://llm.example.com");
    const { metadata, spec } = find(made, "Ingress", "plano").manifest;
    assert.deepEqual(metadata.annotations, { ...annotations, "pulumi.com/skipAwait": "true" });
    const backend = { service: { name: "plano", port: { name: "http" } } };
    assert.deepEqual(spec, {
      ingressClassName: "nginx",
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
      tls: [{ hosts: [host], secretName: "llm-tls" }],
    });
  });

  it("is an Ingress with the controller's own certificate, or without any", async () => {
    const controllers = await route({ kind: "Ingress", host, tls: true });
    assert.equal(controllers.url, "https://llm.example.com");
    assert.deepEqual(find(controllers.made, "Ingress", "plano").manifest.spec.tls, [{ hosts: [host] }]);
    const plain = await route({ kind: "Ingress", host });
    assert.equal(plain.url, "http://llm.example.com");
    assert.equal(find(plain.made, "Ingress", "plano").manifest.spec.tls, undefined);
  });

  it("is an HTTPRoute that joins a Gateway", async () => {
    const { made, url } = await route({ kind: "HTTPRoute", host, gateway: "infra/public", tls: true });
    assert.equal(url, "https://llm.example.com");
    assert.deepEqual(kindsOf(made), ["HTTPRoute"]);
    assert.deepEqual(find(made, "HTTPRoute", "plano").manifest.spec, {
      parentRefs: [{ namespace: "infra", name: "public" }],
      hostnames: [host],
      rules: [{ backendRefs: [{ name: "plano", port: 12000 }] }],
    });
    const near = await route({ kind: "HTTPRoute", host, gateway: "public" });
    assert.deepEqual(find(near.made, "HTTPRoute", "plano").manifest.spec.parentRefs, [{ name: "public" }]);
  });

  it("is an HTTPRoute with a Gateway of its own, which holds the certificate", async () => {
    const { made } = await route({ kind: "HTTPRoute", host, className: "istio", tlsSecret: "llm-tls" });
    assert.deepEqual(kindsOf(made), ["Gateway", "HTTPRoute"]);
    assert.deepEqual(find(made, "HTTPRoute", "plano").manifest.spec.parentRefs, [{ name: "plano" }]);
    const tls = { certificateRefs: [{ name: "llm-tls" }] };
    assert.deepEqual(find(made, "Gateway", "plano").manifest.spec, {
      gatewayClassName: "istio",
      listeners: [{ name: "https", protocol: "HTTPS", port: 443, hostname: host, tls }],
    });
    const plain = await route({ kind: "HTTPRoute", host, className: "istio" });
    assert.deepEqual(find(plain.made, "Gateway", "plano").manifest.spec.listeners, [
      { name: "http", protocol: "HTTP", port: 80, hostname: host },
    ]);
  });
});
