import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { makeAuthority } from "../lib/testing/certificates";
import { plannedManifests } from "./planned-manifests";
import { objectsOfStack } from "./testing/stack-mocks";

/** What a plan has in place of what is known only later. */
const later = "unknown0";

type Fields = { readonly [field: string]: unknown };

const caBundle = join(tmpdir(), `plano-affinity-${process.pid}.pem`);

/** Everything that settings can add to a stack, or take from it. */
const stacks: readonly { readonly [key: string]: string }[] = [
  {},
  { redisReplicas: "3", monitoring: "on", jaegerStorage: "5Gi", storageClass: "fast", drainSeconds: "90" },
  { redisUrl: "redis://cache.example.com", monitoring: "on" },
  { redisUrl: "rediss://cache.example.com", caBundle },
  { redisUrl: "rediss://cache.example.com", caBundle, planoVersion: "0.4.27" },
  { createNamespace: "false", namespace: "there", redisPassword: "ChosenByTheUser1", OPENAI_API_KEY: "sk-test" },
  { imagePullConfig: '{"auths":{"r.example.com":{"auth":"dTpw"}}}', planoVersion: "0.4.32", redisMaxMemory: "1gb" },
  { ingress: '{"kind":"HTTPRoute","host":"llm.example.com","className":"envoy"}' },
  { ingress: '{"kind":"Ingress","host":"llm.example.com"}' },
  {
    gatewayConfig: join(__dirname, "../docs/examples/gateway-config/agents.yaml"),
    secrets: '{"ANTHROPIC_API_KEY":"a","GROQ_API_KEY":"g"}',
    OPENAI_API_KEY: "sk-test",
    pods: '{"redis":{"labels":{"team":"llm"}}}',
    otlpEndpoint: "http://collector:4317",
    imageMirror: "r.example.com/hub",
  },
];

describe("the manifests of a plan", () => {
  before(async () => writeFile(caBundle, (await makeAuthority()).cert));
  after(() => rm(caBundle));

  for (const config of stacks) {
    it(`are the very objects that the program registers: ${JSON.stringify(config)}`, async () => {
      const gateway = "planoVersion" in config ? "plano" : "standin";
      const changes = { gateway, metricsServer: "monitoring" in config ? "install" : "cluster" } as const;
      const { objects, settings, choices } = await objectsOfStack({ ...config, image: "gateway:1" }, changes);
      const { manifests, transient } = plannedManifests(settings, choices, gateway === "plano" ? "kind" : "existing");
      const registered = new Map<string, Fields>();
      for (const { kind, manifest } of objects.filter((it) => !it.kind.includes(":")))
        registered.set(`${kind} ${manifest.metadata.name}`, manifest as unknown as Fields);
      const planned = new Map(manifests.map((it) => [`${it.kind} ${it.metadata.name}`, it as unknown as Fields]));
      assert.deepEqual([...planned.keys()].sort(), [...registered.keys()].sort());
      for (const [name, object] of planned) assert.deepEqual(differences(object, registered.get(name), name), []);
      assert.equal(transient.length, "redisUrl" in config ? 1 : 0);
    });
  }
});

/** Where two objects differ, apart from what is known only later, and what is made from that. */
function differences(planned: unknown, registered: unknown, path: string): string[] {
  if (typeof planned === "string" && planned.includes(later)) return [];
  if (pulumi.Output.isInstance(planned)) return [`${path} is known only later`];
  // Fingerprints of passwords and programs; lists of access hold digests.
  if (/annotations\.plano-affinity\/|stringData\./.test(path) && typeof registered === "string") return [];
  if (typeof planned !== "object" || planned === null || typeof registered !== "object" || registered === null)
    return planned === registered ? [] : [`${path}: ${String(planned)} is not ${String(registered)}`];
  const [ours, theirs] = [planned as Fields, registered as Fields];
  const fields = new Set([...Object.keys(ours), ...Object.keys(theirs)].filter((it) => ours[it] ?? theirs[it]));
  return [...fields].flatMap((field) => differences(ours[field], theirs[field], `${path}.${field}`));
}
