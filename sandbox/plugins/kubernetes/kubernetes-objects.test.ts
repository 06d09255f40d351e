import assert from "node:assert/strict";
import { diffObjects, diffSettings } from "./diff";
import { AUTONAMED, idOf, kindOfType, withName } from "./identity";
import { liveInputs, outputsOf, previewOutputs } from "./outputs";
import { KubernetesProvider } from "./provider";
import { parseSettings, timeoutOf } from "./settings";
import { startFakeApi } from "../testing/fake-api";
import { formatPath, UNKNOWN, type PropertyMap } from "../rpc/properties";
import type { DiffResult } from "../rpc/provider";

const settings = parseSettings({}, {});
const mutable = { ...settings, enableConfigMapMutable: true, enableSecretMutable: true };
const resource = (type: string) => ({ urn: "urn", type, name: "web" });
const object = (apiVersion: string, kind: string, rest: PropertyMap = {}, name = "web"): PropertyMap => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "demo" },
  ...rest,
});
const replaces = ({ changes }: DiffResult) => changes.map(({ path, replace }) => [formatPath(path), replace]);

describe("plugins: identity of Kubernetes objects", () => {
  it("reads type tokens, and makes ids", () => {
    assert.deepEqual(kindOfType(resource("kubernetes:core/v1:Secret")), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(kindOfType(resource("kubernetes:apps/v1:Deployment")), { apiVersion: "apps/v1", kind: "Deployment" });
    const ref = { apiVersion: "v1", kind: "Secret", namespace: "demo", name: "s" };
    assert.deepEqual([idOf(ref), idOf({ ...ref, namespace: undefined })], ["demo/s", "s"]);
  });

  it("refuses what is no single object, with the remedy", () => {
    const others = [
      "helm.sh/v3:Release",
      "yaml:ConfigFile",
      "core/v1:ConfigMapPatch",
      "core/v1:PodList",
      "kustomize/v2:Directory",
    ];
    for (const type of others) {
      const refused = `^Error: web: kubernetes:${type} is not supported .*; install the official plugin: pulumi plugin install`;
      assert.throws(() => kindOfType(resource(`kubernetes:${type}`)), new RegExp(refused));
    }
  });

  it("asks the cluster which kinds have a namespace, but keeps that of an object that is there", async () => {
    await using api = await startFakeApi();
    const provider = new KubernetesProvider();
    const namespaceOf = async (type: string, oldInputs: PropertyMap = {}) => {
      const request = { ...resource(`kubernetes:${type}`), oldInputs, newInputs: {}, randomSeed: new Uint8Array() };
      return ((await provider.check(request)).inputs["metadata"] as PropertyMap)["namespace"];
    };
    provider.configure({ kubeconfig: api.kubeconfig(), namespace: "mine" });
    const types = [
      "apps/v1:Deployment",
      "core/v1:Namespace",
      "rbac.authorization.k8s.io/v1:ClusterRole",
      "cert-manager.io/v1:Issuer",
    ];
    assert.deepEqual(await Promise.all(types.map((it) => namespaceOf(it))), ["mine", undefined, undefined, "mine"]);
    const asked = api.requests.length;
    assert.equal(await namespaceOf("core/v1:Namespace", { metadata: { name: "web" } }), undefined);
    assert.equal(await namespaceOf("core/v1:Secret", { metadata: { name: "web", namespace: "old" } }), "mine");
    assert.equal(api.requests.length, asked);
    await api[Symbol.asyncDispose]();
    assert.equal(await namespaceOf("policy/v1:PodDisruptionBudget"), undefined, "a preview without the cluster");
  });

  it("names what has no name, the same for the same seed, and keeps a name that it gave", () => {
    const nameless = { metadata: { labels: {} } };
    const named = (seed: number, oldInputs: PropertyMap = {}, newInputs: PropertyMap = nameless) =>
      withName({ name: "web", oldInputs, newInputs, randomSeed: new Uint8Array([seed]) });
    const { name, annotations } = named(1)["metadata"] as { name: string; annotations: PropertyMap };
    assert.match(name, /^web-[0-9a-f]{7}$/);
    assert.deepEqual(annotations, { [AUTONAMED]: "true" });
    assert.deepEqual(named(1), named(1));
    assert.deepEqual(named(2, named(1)), named(1));
    const own = object("v1", "ConfigMap");
    assert.equal(named(1, {}, own), own);
  });
});

describe("plugins: what replaces a Kubernetes object", () => {
  it("a new name or namespace, and then the new one is made first", () => {
    const result = diffObjects(object("v1", "Service"), object("v1", "Service", {}, "other"), settings);
    assert.deepEqual(replaces(result), [["metadata.name", true]]);
    assert.equal(result.deleteBeforeReplace, false);
  });

  it("an immutable field, and then the old one goes first", () => {
    const deployment = (replicas: number, app: string) =>
      object("apps/v1", "Deployment", { spec: { replicas, selector: { matchLabels: { app } } } });
    const result = diffObjects(deployment(1, "a"), deployment(2, "b"), settings);
    const selector = ["spec.selector.matchLabels.app", true];
    assert.deepEqual(replaces(result), [["spec.replicas", false], selector]);
    assert.equal(result.deleteBeforeReplace, true);
  });

  const template = (a: number) => ({ spec: { template: { spec: { a } } } });
  const storage = (size: string) => ({ spec: { resources: { requests: { storage: size } } } });
  const modes = (...accessModes: string[]) => ({ spec: { accessModes } });
  const kept = (a: string) => ({ immutable: true, data: { a } });
  for (const [apiVersion, kind, old, next, path, replace, flags = settings] of [
    ["apps/v1", "StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, "spec.serviceName", true],
    ["apps/v1", "StatefulSet", { spec: {} }, { spec: { volumeClaimTemplates: [] } }, "spec.volumeClaimTemplates", true],
    ["batch/v1", "Job", template(1), template(2), "spec.template.spec.a", true],
    ["v1", "PersistentVolumeClaim", modes("a"), modes("b"), "spec.accessModes[0]", true],
    ["v1", "PersistentVolumeClaim", storage("1Gi"), storage("2Gi"), "spec.resources.requests.storage", false],
    ["v1", "Service", { spec: {} }, { spec: { clusterIP: "None" } }, "spec.clusterIP", true],
    ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, "data.a", true],
    ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, "data.a", false, mutable],
    ["v1", "Secret", { stringData: { a: "1" } }, { data: { a: "Mg==" } }, "data.a", true],
    ["v1", "Secret", kept("1"), kept("2"), "data.a", true, mutable],
    ["extensions/v1", "X", {}, { apiVersion: "apps/v1" }, "apiVersion", true],
  ] as const) {
    it(`${kind} ${path}: ${replace ? "yes" : "no"}${flags === mutable ? ", where data may change in place" : ""}`, () => {
      const result = diffObjects(object(apiVersion, kind, old), object(apiVersion, kind, next), flags);
      assert.deepEqual(replaces(result), [[path, replace]]);
    });
  }

  it("another version of a group is the same object", () => {
    assert.deepEqual(diffObjects(object("autoscaling/v1", "X"), object("autoscaling/v2", "X"), settings).changes, []);
  });
});

describe("plugins: provider configuration", () => {
  const at = (server: string, clusterIdentifier?: string) => ({
    kubeconfig: JSON.stringify({
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server } }],
    }),
    ...(clusterIdentifier === undefined ? {} : { clusterIdentifier }),
  });
  const [a, b] = [at("https://a"), at("https://b")];

  for (const [what, old, next, expected] of [
    ["another cluster replaces", a, b, [["kubeconfig", true]]],
    ["another certificate of the same one does not", a, { kubeconfig: `${a.kubeconfig} ` }, [["kubeconfig", false]]],
    ["with the same identifier nothing replaces", at("https://a", "i"), at("https://b", "i"), [["kubeconfig", false]]],
    ["another identifier replaces", { clusterIdentifier: "i" }, { clusterIdentifier: "j" }, [["clusterIdentifier", true]]],
    ["a first identifier does not", a, at("https://a", "i"), [["clusterIdentifier", false]]],
    ["an unknown one does not", { clusterIdentifier: "i" }, { clusterIdentifier: UNKNOWN }, [["clusterIdentifier", false]]],
    ["nor an unknown kubeconfig", at("https://a", "i"), { ...at("", "i"), kubeconfig: UNKNOWN }, [["kubeconfig", false]]],
  ] as const)
    it(what, () => assert.deepEqual(replaces(diffSettings(old, next)), expected));

  it("reads flags from configuration, then from the environment", () => {
    const environment = { PULUMI_K8S_DELETE_UNREACHABLE: "true" };
    assert.equal(parseSettings({ deleteUnreachable: "true" }, {}).deleteUnreachable, true);
    assert.equal(parseSettings({}, environment).deleteUnreachable, true);
    assert.equal(parseSettings({ deleteUnreachable: false }, environment).deleteUnreachable, false);
    const unsupported = /enableServerSideApply: false is not supported by this plugin; install the official/;
    assert.throws(() => parseSettings({ enableServerSideApply: "false" }, {}), unsupported);
  });

  it("takes customTimeouts before the annotation before the default", () => {
    const annotated = (seconds: string) => ({ metadata: { annotations: { "pulumi.com/timeoutSeconds": seconds } } });
    const times = [timeoutOf(annotated("7"), 5, 300), timeoutOf(annotated("7"), 0, 300), timeoutOf({}, 0, 300)];
    assert.deepEqual(times, [5, 7, 300]);
    const bad = /timeoutSeconds is "soon"; it must be a number of seconds above 0/;
    assert.throws(() => timeoutOf(annotated("soon"), 0, 300), bad);
  });
});

describe("plugins: state of Kubernetes objects", () => {
  it("keeps whose fields they are, but not the list of them", () => {
    const live = { ...object("v1", "ConfigMap"), metadata: { name: "web", managedFields: [] } };
    assert.deepEqual(outputsOf(live, "m"), { ...live, metadata: { name: "web" }, __fieldManager: "m" });
  });

  it("promises in a preview nothing that the cluster makes up", () => {
    const spec = { clusterIP: "10.0.0.9", type: "ClusterIP" };
    const service = { ...object("v1", "Service", { spec }), metadata: { name: "web", uid: "u" } };
    const promised = (inputs: PropertyMap) => {
      const outputs = previewOutputs(service, inputs, "m") as { metadata: PropertyMap; spec: PropertyMap; status: string };
      return [outputs.metadata["uid"], outputs.status, outputs.spec["type"], outputs.spec["clusterIP"]];
    };
    assert.deepEqual(promised({ spec: {} }), [UNKNOWN, UNKNOWN, "ClusterIP", UNKNOWN]);
    assert.deepEqual(promised({ spec: { clusterIP: "10.0.0.9" } }), [UNKNOWN, UNKNOWN, "ClusterIP", "10.0.0.9"]);
  });

  it("refreshes what the program set, and only that", () => {
    const inputs = { spec: { replicas: 2, template: { a: [{ image: "x", env: [] }] } }, gone: "x", empty: {} };
    const now = { spec: { replicas: 5, template: { a: [{ image: "y", pullPolicy: "Always" }] }, strategy: {} }, status: {} };
    assert.deepEqual(liveInputs(inputs, now), { spec: { replicas: 5, template: { a: [{ image: "y", env: [] }] } }, empty: {} });
  });
});
