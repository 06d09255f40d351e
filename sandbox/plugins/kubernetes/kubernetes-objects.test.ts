import assert from "node:assert/strict";
import { diffObjects, diffSettings } from "./diff";
import { AUTONAMED, builtInScope, idOf, kindOfType, refOfId, withName } from "./identity";
import { serverOf } from "./kubeconfig";
import { importedInputs, liveInputs, outputsOf, previewOutputs } from "./outputs";
import { parseSettings, timeoutOf } from "./settings";
import { formatPath, isSecret, secret, UNKNOWN, type PropertyMap } from "../rpc/properties";

const settings = parseSettings({}, {});
const resource = (type: string) => ({ urn: "urn", type, name: "web" });
const object = (apiVersion: string, kind: string, rest: PropertyMap = {}, name = "web"): PropertyMap => ({
  apiVersion,
  kind,
  metadata: { name, namespace: "demo" },
  ...rest,
});
const replaced = (old: PropertyMap, next: PropertyMap, over = settings) =>
  diffObjects(old, next, over)
    .changes.filter(({ replace }) => replace)
    .map(({ path }) => formatPath(path));

describe("plugins: identity of Kubernetes objects", () => {
  it("reads type tokens", () => {
    assert.deepEqual(kindOfType(resource("kubernetes:core/v1:Secret")), { apiVersion: "v1", kind: "Secret" });
    assert.deepEqual(kindOfType(resource("kubernetes:apps/v1:Deployment")), { apiVersion: "apps/v1", kind: "Deployment" });
  });

  it("refuses what is no single object, with the remedy", () => {
    for (const type of [
      "helm.sh/v3:Release",
      "yaml:ConfigFile",
      "core/v1:ConfigMapPatch",
      "core/v1:PodList",
      "kustomize/v2:Directory",
    ])
      assert.throws(
        () => kindOfType(resource(`kubernetes:${type}`)),
        new RegExp(`^Error: web: kubernetes:${type} is not supported .*; install the official plugin: pulumi plugin install`),
      );
  });

  it("knows the scope of built-in kinds, and leaves CRDs to the cluster", () => {
    assert.equal(builtInScope("v1", "Namespace"), "cluster");
    assert.equal(builtInScope("rbac.authorization.k8s.io/v1", "ClusterRole"), "cluster");
    assert.equal(builtInScope("rbac.authorization.k8s.io/v1", "Role"), "namespace");
    assert.equal(builtInScope("apps/v1", "Deployment"), "namespace");
    assert.equal(builtInScope("cert-manager.io/v1", "Issuer"), undefined);
    assert.equal(builtInScope("gateway.networking.x-k8s.io/v1", "Gateway"), undefined);
  });

  it("makes ids that lead back to the object", () => {
    const ref = { apiVersion: "v1", kind: "Secret", namespace: "demo", name: "s" };
    assert.equal(idOf(ref), "demo/s");
    assert.deepEqual(refOfId("demo/s", "v1", "Secret"), ref);
    assert.deepEqual(refOfId("s", "v1", "Secret"), { ...ref, namespace: "default" });
    const namespace = { apiVersion: "v1", kind: "Namespace", namespace: undefined, name: "demo" };
    assert.deepEqual(refOfId("demo", "v1", "Namespace"), namespace);
  });

  it("names what has no name, the same for the same seed, and keeps a name that it gave", () => {
    const seed = new Uint8Array([1, 2]);
    const named = withName({ metadata: { labels: {} } }, "web", undefined, seed) as {
      metadata: { name: string; annotations: PropertyMap };
    };
    assert.match(named.metadata.name, /^web-[0-9a-f]{7}$/);
    assert.equal(named.metadata.annotations[AUTONAMED], "true");
    assert.deepEqual(withName({ metadata: { labels: {} } }, "web", undefined, seed), named);
    assert.deepEqual(withName({ metadata: { labels: {} } }, "web", named as unknown as PropertyMap, new Uint8Array([3])), named);
    const own = object("v1", "ConfigMap");
    assert.equal(withName(own, "other", undefined, seed), own);
  });
});

describe("plugins: what replaces a Kubernetes object", () => {
  it("a new name or namespace, and then the new one is made first", () => {
    const result = diffObjects(object("v1", "Service"), object("v1", "Service", {}, "other"), settings);
    assert.deepEqual(
      result.changes.map(({ path, replace }) => [formatPath(path), replace]),
      [["metadata.name", true]],
    );
    assert.equal(result.deleteBeforeReplace, false);
  });

  it("an immutable field, and then the old one goes first", () => {
    const result = diffObjects(
      object("apps/v1", "Deployment", { spec: { replicas: 1, selector: { matchLabels: { app: "a" } } } }),
      object("apps/v1", "Deployment", { spec: { replicas: 2, selector: { matchLabels: { app: "b" } } } }),
      settings,
    );
    assert.deepEqual(
      result.changes.map(({ path, replace }) => [formatPath(path), replace]),
      [
        ["spec.replicas", false],
        ["spec.selector.matchLabels.app", true],
      ],
    );
    assert.equal(result.deleteBeforeReplace, true);
  });

  for (const [apiVersion, kind, old, next, path] of [
    ["apps/v1", "StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, "spec.serviceName"],
    ["apps/v1", "StatefulSet", { spec: {} }, { spec: { volumeClaimTemplates: [] } }, "spec.volumeClaimTemplates"],
    [
      "batch/v1",
      "Job",
      { spec: { template: { spec: { a: 1 } } } },
      { spec: { template: { spec: { a: 2 } } } },
      "spec.template.spec.a",
    ],
    ["v1", "PersistentVolumeClaim", { spec: { accessModes: ["a"] } }, { spec: { accessModes: ["b"] } }, "spec.accessModes[0]"],
    ["v1", "Service", { spec: {} }, { spec: { clusterIP: "None" } }, "spec.clusterIP"],
    ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "2" } }, "data.a"],
    ["v1", "Secret", { stringData: { a: "1" } }, { data: { a: "Mg==" } }, "data.a"],
    ["v1", "Pod", { spec: { nodeName: "a" } }, { spec: { nodeName: "b" } }, "spec.nodeName"],
  ] as const) {
    it(`${kind} ${path}`, () =>
      assert.deepEqual(replaced(object(apiVersion, kind, old), object(apiVersion, kind, next)), [path]));
  }

  it("but not a size, an image of a Pod, or data that may change in place", () => {
    const claim = (storage: string) => object("v1", "PersistentVolumeClaim", { spec: { resources: { requests: { storage } } } });
    assert.deepEqual(replaced(claim("1Gi"), claim("2Gi")), []);
    const pod = (image: string) => object("v1", "Pod", { spec: { containers: [{ image }] } });
    assert.deepEqual(replaced(pod("a"), pod("b")), []);
    const mutable = { ...settings, enableConfigMapMutable: true, enableSecretMutable: true };
    assert.deepEqual(
      replaced(object("v1", "ConfigMap", { data: { a: "1" } }), object("v1", "ConfigMap", { data: { a: "2" } }), mutable),
      [],
    );
    assert.deepEqual(
      replaced(
        object("v1", "Secret", { immutable: true, data: { a: "1" } }),
        object("v1", "Secret", { immutable: true, data: { a: "2" } }),
        mutable,
      ),
      ["data.a"],
    );
  });

  it("another version of a group is the same object, another group is not", () => {
    assert.deepEqual(diffObjects(object("autoscaling/v1", "X"), object("autoscaling/v2", "X"), settings).changes, []);
    assert.deepEqual(replaced(object("extensions/v1", "X"), object("apps/v1", "X")), ["apiVersion"]);
  });
});

describe("plugins: provider configuration", () => {
  const kubeconfig = (server: string) =>
    JSON.stringify({
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server } }],
    });
  const replaces = (old: PropertyMap, next: PropertyMap) =>
    diffSettings(old, next, serverOf).changes.map(({ path, replace }) => [formatPath(path), replace]);

  it("another cluster replaces, another certificate of the same one does not", () => {
    assert.deepEqual(replaces({ kubeconfig: secret(kubeconfig("https://a")) }, { kubeconfig: secret(kubeconfig("https://b")) }), [
      ["kubeconfig", true],
    ]);
    assert.deepEqual(replaces({ kubeconfig: kubeconfig("https://a") }, { kubeconfig: `${kubeconfig("https://a")} ` }), [
      ["kubeconfig", false],
    ]);
  });

  it("with the same clusterIdentifier nothing replaces, a changed one does", () => {
    assert.deepEqual(
      replaces(
        { kubeconfig: kubeconfig("https://a"), clusterIdentifier: "i" },
        { kubeconfig: kubeconfig("https://b"), clusterIdentifier: "i" },
      ),
      [["kubeconfig", false]],
    );
    assert.deepEqual(replaces({ clusterIdentifier: "i" }, { clusterIdentifier: "j" }), [["clusterIdentifier", true]]);
    assert.deepEqual(replaces({ clusterIdentifier: "i" }, { clusterIdentifier: UNKNOWN }), [["clusterIdentifier", false]]);
    assert.deepEqual(
      replaces({ kubeconfig: kubeconfig("https://a"), clusterIdentifier: "i" }, { kubeconfig: UNKNOWN, clusterIdentifier: "i" }),
      [["kubeconfig", false]],
    );
  });

  it("reads flags from configuration, then from the environment", () => {
    assert.equal(parseSettings({ deleteUnreachable: "true" }, {}).deleteUnreachable, true);
    assert.equal(parseSettings({}, { PULUMI_K8S_DELETE_UNREACHABLE: "true" }).deleteUnreachable, true);
    assert.equal(parseSettings({ deleteUnreachable: false }, { PULUMI_K8S_DELETE_UNREACHABLE: "true" }).deleteUnreachable, false);
    assert.throws(
      () => parseSettings({ enableServerSideApply: "false" }, {}),
      /enableServerSideApply: false is not supported by this plugin; install the official/,
    );
  });

  it("takes customTimeouts before the annotation before the default", () => {
    const annotated = { metadata: { annotations: { "pulumi.com/timeoutSeconds": "7" } } };
    assert.equal(timeoutOf(annotated, 5, 300), 5);
    assert.equal(timeoutOf(annotated, 0, 300), 7);
    assert.equal(timeoutOf({}, 0, 300), 300);
    assert.throws(
      () => timeoutOf({ metadata: { annotations: { "pulumi.com/timeoutSeconds": "soon" } } }, 0, 300),
      /timeoutSeconds is "soon"; it must be a number of seconds above 0/,
    );
  });
});

describe("plugins: state of Kubernetes objects", () => {
  const live = object("v1", "Secret", { data: { pw: "aHVudGVyMg==" }, type: "Opaque" });

  it("keeps a Secret's data secret, and what the inputs keep secret elsewhere", () => {
    assert.ok(isSecret(outputsOf(live, {}, "m")["data"]), "data is secret");
    const config = outputsOf(object("v1", "ConfigMap", { data: { a: "x", b: "y" } }), { data: { a: secret("x"), b: "y" } }, "m");
    assert.deepEqual(config["data"], { a: secret("x"), b: "y" });
    assert.equal(config["__fieldManager"], "m");
  });

  it("promises in a preview nothing that the cluster makes up", () => {
    const service = {
      ...object("v1", "Service", { spec: { clusterIP: "10.0.0.9", type: "ClusterIP" } }),
      metadata: { name: "web", uid: "u" },
    };
    const outputs = previewOutputs(service, { spec: {} }, "m") as { metadata: PropertyMap; spec: PropertyMap; status: string };
    assert.deepEqual([outputs.metadata["uid"], outputs.spec["clusterIP"], outputs.status], [UNKNOWN, UNKNOWN, UNKNOWN]);
    assert.equal(
      (previewOutputs(service, { spec: { clusterIP: "10.0.0.9" } }, "m")["spec"] as PropertyMap)["clusterIP"],
      "10.0.0.9",
    );
  });

  it("refreshes what the program set, and only that", () => {
    const inputs = { spec: { replicas: 2, template: { a: [{ image: "x", env: [] }] } }, gone: "x", empty: {} };
    const now = { spec: { replicas: 5, template: { a: [{ image: "y", pullPolicy: "Always" }] }, strategy: {} }, status: {} };
    assert.deepEqual(liveInputs(inputs, now), { spec: { replicas: 5, template: { a: [{ image: "y", env: [] }] } }, empty: {} });
  });

  it("imports an object without what the cluster wrote", () => {
    const imported = importedInputs({
      ...live,
      metadata: { name: "s", uid: "u", resourceVersion: "1", labels: { a: "b" } },
      status: {},
    });
    assert.deepEqual(imported["metadata"], { name: "s", labels: { a: "b" } });
    assert.equal(imported["status"], undefined);
    assert.ok(isSecret(imported["data"]), "data is secret");
  });
});
