import assert from "node:assert/strict";
import { readIngress } from "./ingress";

const read = (fields: object) => readIngress(JSON.stringify(fields));

describe("the setting ingress", () => {
  it("is nothing by default, and takes an Ingress or an HTTPRoute", () => {
    const accepted = [
      { kind: "none" },
      { kind: "Ingress", host: "llm.example.com", className: "nginx", tlsSecret: "llm-tls" },
      { kind: "Ingress", host: "llm.example.com", tls: true, annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" } },
      { kind: "HTTPRoute", host: "llm.example.com", gateway: "infra/public", tls: true },
      { kind: "HTTPRoute", host: "llm.example.com", className: "istio", tlsSecret: "llm-tls" },
    ];
    for (const fields of accepted) assert.deepEqual(read(fields), { value: fields, violations: [] });
  });

  const refused: readonly { readonly name: string; readonly fields: object; readonly says: readonly [string, string] }[] = [
    {
      name: "an unknown kind",
      fields: { kind: "Route" },
      says: ['ingress.kind: "Route" is not one of none, Ingress, HTTPRoute', "ingress.kind Ingress"],
    },
    {
      name: "a misspelled field",
      fields: { kind: "Ingress", hots: "a.b" },
      says: ["ingress.hots: there is no such field; did you mean host?", "config rm --path ingress.hots"],
    },
    {
      name: "fields that nothing would use",
      fields: { kind: "none", host: "llm.example.com" },
      says: ["ingress.kind: it is none, and so host would not be used", "ingress.kind Ingress, or pulumi config rm ingress"],
    },
    {
      name: "no host",
      fields: { kind: "Ingress" },
      says: ["ingress.host: an Ingress needs the name", "ingress.host llm.example.com"],
    },
    {
      name: "a URL as host",
      fields: { kind: "Ingress", host: "https://llm.example.com" },
      says: ['ingress.host: "https://llm.example.com" is not a DNS name', "ingress.host llm.example.com"],
    },
    {
      name: "a number as host",
      fields: { kind: "Ingress", host: 12 },
      says: ["ingress.host: 12 is not a DNS name", "ingress.host llm.example.com"],
    },
    {
      name: "a bad class",
      fields: { kind: "Ingress", host: "a.b", className: "N G" },
      says: ['ingress.className: "N G" is not a Kubernetes name', "ingress.className nginx"],
    },
    {
      name: "a Gateway for an Ingress",
      fields: { kind: "Ingress", host: "a.b", gateway: "infra/public" },
      says: ["ingress.gateway: only an HTTPRoute joins a Gateway", "config rm --path ingress.gateway"],
    },
    {
      name: "an HTTPRoute without a Gateway",
      fields: { kind: "HTTPRoute", host: "a.b" },
      says: ["ingress.gateway: an HTTPRoute needs either", "ingress.gateway infra/public"],
    },
    {
      name: "an HTTPRoute with two Gateways",
      fields: { kind: "HTTPRoute", host: "a.b", gateway: "g", className: "istio" },
      says: ["ingress.gateway: an HTTPRoute needs either", "config rm --path ingress.className"],
    },
    {
      name: "a certificate for somebody else's Gateway",
      fields: { kind: "HTTPRoute", host: "a.b", gateway: "infra/public", tlsSecret: "llm-tls" },
      says: ["ingress.tlsSecret: the certificate belongs into the listener of the Gateway infra/public", "ingress.tls true"],
    },
    {
      name: "a certificate without https",
      fields: { kind: "Ingress", host: "a.b", tlsSecret: "llm-tls", tls: false },
      says: ["ingress.tls: it is false, and tlsSecret names a certificate", "config rm --path ingress.tls"],
    },
    {
      name: "https on a Gateway of our own without a certificate",
      fields: { kind: "HTTPRoute", host: "a.b", className: "istio", tls: true },
      says: ["ingress.tlsSecret: a Gateway that is made needs a certificate", "ingress.tlsSecret llm-tls"],
    },
    {
      name: "text that is neither true nor false",
      fields: { kind: "Ingress", host: "a.b", tls: "yes" },
      says: ['ingress.tls: "yes" is not true or false', "ingress.tls true"],
    },
    {
      name: "annotations that are no texts",
      fields: { kind: "Ingress", host: "a.b", annotations: { size: 1 } },
      says: ['ingress.annotations: {"size":1} is not an object of texts', "config rm --path ingress.annotations"],
    },
  ];
  for (const { name, fields, says } of refused) {
    it(`refuses ${name}`, () => {
      const { value, violations } = read(fields);
      assert.deepEqual(value, { kind: "none" });
      assert.equal(violations.length, 1, JSON.stringify(violations));
      const [{ path, reason, remedy }] = violations as [(typeof violations)[number]];
      assert.ok(`${path}: ${reason}`.startsWith(says[0]), `${path}: ${reason}`);
      assert.ok(remedy.includes(says[1]), remedy);
    });
  }

  it("refuses what is no object", () => {
    const { violations } = readIngress("on");
    assert.match(violations[0]?.reason ?? "", /"on" is not an object with the fields kind, host/);
    assert.equal(violations[0]?.remedy, "pulumi config rm ingress, then pulumi config set --path ingress.kind Ingress");
  });
});
