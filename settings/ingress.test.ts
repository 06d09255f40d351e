import assert from "node:assert/strict";
import { ingress } from "./ingress";

const read = (fields: object) => ingress(JSON.stringify(fields));

describe("the setting ingress", () => {
  it("is nothing by default, and takes an Ingress or an HTTPRoute", () => {
    const accepted = [
      { kind: "none" },
      { kind: "Ingress", host: "llm.example.com", className: "nginx", tlsSecret: "llm-tls" },
      { kind: "Ingress", host: "llm.example.com", tls: true, annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" } },
      { kind: "HTTPRoute", host: "llm.example.com", gateway: "infra/public", tls: true },
      { kind: "HTTPRoute", host: "llm.example.com", className: "istio", tlsSecret: "llm-tls" },
    ];
    for (const fields of accepted) assert.deepEqual(read(fields), { value: fields });
  });

  const refused: readonly (readonly [fields: object, says: string, remedy: string])[] = [
    [{ kind: "Route" }, 'ingress.kind: "Route" is not one of none, Ingress, HTTPRoute', "ingress.kind Ingress"],
    [
      { kind: "Ingress", hots: "a.b" },
      "ingress.hots: there is no such field; did you mean host?",
      "config rm --path ingress.hots",
    ],
    [
      { kind: "none", host: "llm.example.com" },
      'ingress.kind: kind is "none", so host has no effect',
      "ingress.kind Ingress, or pulumi config rm ingress",
    ],
    [{ kind: "Ingress" }, "ingress.host: an Ingress needs the name", "ingress.host llm.example.com"],
    [
      { kind: "Ingress", host: "https://llm.example.com" },
      'ingress.host: "https://llm.example.com" is not a DNS name',
      "ingress.host llm.example.com",
    ],
    [{ kind: "Ingress", host: 12 }, "ingress.host: 12 is not a DNS name", "ingress.host llm.example.com"],
    [
      { kind: "Ingress", host: "a.b", className: "N G" },
      'ingress.className: "N G" is not a Kubernetes name',
      "ingress.className nginx",
    ],
    [
      { kind: "Ingress", host: "a.b", gateway: "infra/public" },
      "ingress.gateway: only an HTTPRoute joins a Gateway",
      "config rm --path ingress.gateway",
    ],
    [{ kind: "HTTPRoute", host: "a.b" }, "ingress.gateway: an HTTPRoute needs either", "ingress.gateway infra/public"],
    [
      { kind: "HTTPRoute", host: "a.b", gateway: "g", className: "istio" },
      "ingress.gateway: an HTTPRoute needs either",
      "config rm --path ingress.className",
    ],
    [
      { kind: "HTTPRoute", host: "a.b", gateway: "infra/public", tlsSecret: "llm-tls" },
      "ingress.tlsSecret: the certificate belongs in the listener of the Gateway infra/public",
      "ingress.tls true",
    ],
    [
      { kind: "Ingress", host: "a.b", tlsSecret: "llm-tls", tls: false },
      "ingress.tls: it is false, but tlsSecret names a certificate",
      "config rm --path ingress.tls",
    ],
    [
      { kind: "HTTPRoute", host: "a.b", className: "istio", tls: true },
      "ingress.tlsSecret: a Gateway made for this route needs a certificate",
      "ingress.tlsSecret llm-tls",
    ],
    [{ kind: "Ingress", host: "a.b", tls: "yes" }, 'ingress.tls: "yes" is not true or false', "ingress.tls true"],
    [
      { kind: "Ingress", host: "a.b", annotations: { size: 1 } },
      'ingress.annotations: {"size":1} is not an object of texts',
      "config rm --path ingress.annotations",
    ],
  ];
  for (const [fields, says, command] of refused) {
    it(`refuses ${JSON.stringify(fields)}`, () => {
      const parsed = read(fields);
      assert.ok("violations" in parsed);
      assert.equal(parsed.violations.length, 1, JSON.stringify(parsed.violations));
      const [{ path, reason, remedy } = assert.fail()] = parsed.violations;
      assert.ok(`${path}: ${reason}`.startsWith(says), `${path}: ${reason}`);
      assert.ok(remedy.includes(command), remedy);
    });
  }

  it("refuses what is not an object", () => {
    assert.deepEqual(ingress("on"), {
      violations: [
        {
          path: "ingress",
          reason: '"on" is not an object with the fields kind, host, className, gateway, tlsSecret, tls, annotations',
          remedy: "pulumi config rm ingress, then pulumi config set --path ingress.kind Ingress",
        },
      ],
    });
  });
});
