import assert from "node:assert/strict";
import { timeoutOf } from "./await/wait";
import { parseSettings } from "./cluster";
import { diffObjects, diffSettings } from "./diff";
import { idOf, kindOfType } from "./objects";
import { liveInputs, outputsOf } from "./outputs";
import { KubernetesProvider } from "./provider";
import { UNKNOWN, type PropertyMap } from "../rpc/properties";
import { request } from "../testing/request";

const object = (apiVersion: string, kind: string, rest: PropertyMap = {}, name = "web"): PropertyMap => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "demo" },
  ...rest,
});

describe("plugins: identity of Kubernetes objects", () => {
  const kindOf = (type: string) => kindOfType(`kubernetes:${type}`);

  it("reads type tokens, and makes ids", () => {
    assert.deepEqual(kindOf("core/v1:Secret"), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(kindOf("apps/v1:Deployment"), { apiVersion: "apps/v1", kind: "Deployment" });
    const ref = { apiVersion: "v1", kind: "Secret", namespace: "demo", name: "s" };
    assert.deepEqual([idOf(ref), idOf({ ...ref, namespace: undefined })], ["demo/s", "s"]);
  });

  it("refuses what is no single object, with the remedy", () => {
    const others = "helm.sh/v3:Release yaml:ConfigFile core/v1:ConfigMapPatch core/v1:PodList kustomize/v2:Directory";
    for (const type of others.split(" ")) {
      const refused = `^Error: kubernetes:${type} is not supported .*; install the official plugin: pulumi plugin install`;
      assert.throws(() => kindOf(type), new RegExp(refused));
    }
  });

  it("refuses an object without a name, unless the name is not known yet", () => {
    const check = (inputs: PropertyMap) => new KubernetesProvider().check(request("kubernetes:core/v1:ConfigMap", { inputs }));
    assert.throws(
      () => check({ metadata: { labels: {} } }),
      /^Error: web: .* makes up no names: set metadata\.name, or install the official plugin/,
    );
    for (const metadata of [UNKNOWN, { name: UNKNOWN }])
      assert.deepEqual(check({ metadata }), { apiVersion: "v1", kind: "ConfigMap", metadata });
  });
});

describe("plugins: what replaces a Kubernetes object", () => {
  it("a new name or namespace, and then the new one is made first", () => {
    const result = diffObjects(object("v1", "Service"), object("v1", "Service", {}, "other"));
    assert.deepEqual(result, { changed: ["metadata"], replaced: ["metadata.name"], deleteBeforeReplace: false });
  });

  it("an immutable field, and then the old one goes first", () => {
    const deployment = (replicas: number, app: string) =>
      object("apps/v1", "Deployment", { spec: { replicas, selector: { matchLabels: { app } } } });
    const result = diffObjects(deployment(1, "a"), deployment(2, "b"));
    assert.deepEqual(result, { changed: ["spec"], replaced: ["spec.selector"], deleteBeforeReplace: true });
  });

  const storage = (size: string) => ({ spec: { resources: { requests: { storage: size } } } });
  const modes = (...accessModes: string[]) => ({ spec: { accessModes } });
  const kept = (a: string) => ({ immutable: true, data: { a } });
  for (const [apiVersion, kind, old, next, changed, replaced] of [
    ["apps/v1", "StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, "spec", "spec.serviceName"],
    ["apps/v1", "StatefulSet", { spec: {} }, { spec: { volumeClaimTemplates: [] } }, "spec", "spec.volumeClaimTemplates"],
    ["v1", "PersistentVolumeClaim", modes("a"), modes("b"), "spec", "spec.accessModes"],
    ["v1", "PersistentVolumeClaim", storage("1Gi"), storage("2Gi"), "spec", undefined],
    ["v1", "Service", { spec: {} }, { spec: { clusterIP: "None" } }, "spec", "spec.clusterIP"],
    ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, "data", undefined],
    ["v1", "Secret", kept("1"), kept("2"), "data", "data"],
    ["extensions/v1", "X", {}, { apiVersion: "apps/v1" }, "apiVersion", "apiVersion"],
    ["autoscaling/v1", "X", {}, { apiVersion: "autoscaling/v2" }, undefined, undefined],
  ] as const) {
    it(`${kind} ${changed}: ${replaced ?? "no"}`, () => {
      const result = diffObjects(object(apiVersion, kind, old), object(apiVersion, kind, next));
      assert.deepEqual(
        [result.changed, result.replaced],
        [changed, replaced].map((it) => (it === undefined ? [] : [it])),
      );
    });
  }
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

  for (const [what, old, next, key, replaces] of [
    ["another cluster replaces", a, b, "kubeconfig", true],
    ["another certificate of the same one does not", a, { kubeconfig: `${a.kubeconfig} ` }, "kubeconfig", false],
    ["with the same identifier nothing replaces", at("https://a", "i"), at("https://b", "i"), "kubeconfig", false],
    ["another identifier replaces", { clusterIdentifier: "i" }, { clusterIdentifier: "j" }, "clusterIdentifier", true],
    ["a first identifier does not", a, at("https://a", "i"), "clusterIdentifier", false],
    ["an unknown one does not", { clusterIdentifier: "i" }, { clusterIdentifier: UNKNOWN }, "clusterIdentifier", false],
    ["nor an unknown kubeconfig", at("https://a", "i"), { ...at("", "i"), kubeconfig: UNKNOWN }, "kubeconfig", false],
  ] as const)
    it(what, () => assert.deepEqual(diffSettings(old, next), { changed: [key], replaced: replaces ? [key] : [] }));

  it("reads flags from configuration, then from the environment", () => {
    const environment = { PULUMI_K8S_DELETE_UNREACHABLE: "true" };
    assert.equal(parseSettings({ deleteUnreachable: "true" }, {}).deleteUnreachable, true);
    assert.equal(parseSettings({}, environment).deleteUnreachable, true);
    assert.equal(parseSettings({ deleteUnreachable: false }, environment).deleteUnreachable, false);
    const unsupported = /(enableServerSideApply: false|namespace) is not supported by this plugin; install the official/;
    for (const key of ["enableServerSideApply", "namespace"])
      assert.throws(() => parseSettings({ [key]: "false" }, {}), unsupported);
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

  it("promises in a preview the inputs, over what the object had, and nothing that the cluster makes up", async () => {
    const provider = new KubernetesProvider();
    const [inputs, metadata] = [object("v1", "Service", { spec: { type: "NodePort" } }), { name: "web", namespace: "demo" }];
    const asked = request("kubernetes:core/v1:Service", { inputs, preview: true });
    const fresh = { ...inputs, metadata: { ...metadata, uid: UNKNOWN }, spec: { type: "NodePort", clusterIP: UNKNOWN } };
    assert.deepEqual((await provider.create(asked)).outputs, fresh);
    const oldOutputs = { ...inputs, metadata: { ...metadata, uid: "u" }, spec: { type: "ClusterIP", clusterIP: "10.0.0.9" } };
    const changed = { ...oldOutputs, spec: { type: "NodePort", clusterIP: "10.0.0.9" } };
    assert.deepEqual(await provider.update({ ...asked, oldOutputs }), changed);
  });

  it("refreshes what the program set, and only that", () => {
    const inputs = { spec: { replicas: 2, template: { a: [{ image: "x", env: [] }] } }, gone: "x", empty: {} };
    const now = { spec: { replicas: 5, template: { a: [{ image: "y", pullPolicy: "Always" }] }, strategy: {} }, status: {} };
    assert.deepEqual(liveInputs(inputs, now), { spec: { replicas: 5, template: { a: [{ image: "y", env: [] }] } }, empty: {} });
  });
});
