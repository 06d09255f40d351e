import assert from "node:assert/strict";
import { podProblem } from "./pods";
import { readinessRule } from "./rules";
import { NotReadyError, waitUntilGone, waitUntilReady } from "./wait";
import type { KubernetesObject } from "../objects";
import type { PropertyMap } from "../../rpc/properties";
import { startFakeApi } from "../../testing/fake-api";

const ns = "/api/v1/namespaces/demo";
const apps = "/apis/apps/v1/namespaces/demo";
const terms = (timeoutSeconds = 1) => ({ timeoutSeconds, signal: new AbortController().signal, onProgress: () => {} });
const ref = (apiVersion: string, kind: string) => ({ apiVersion, kind, namespace: "demo", name: "web" });
const untilReady = (api: Awaited<ReturnType<typeof startFakeApi>>, apiVersion: string, kind: string, timeoutSeconds?: number) => {
  const rule = readinessRule(apiVersion, kind) ?? assert.fail(`no rule for ${kind}`);
  return waitUntilReady(api.client, ref(apiVersion, kind), rule, terms(timeoutSeconds));
};

const deployment = (status: PropertyMap): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: {
    name: "web",
    namespace: "demo",
    uid: "d",
    generation: 2,
    annotations: { "deployment.kubernetes.io/revision": "2" },
  },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } } },
  status,
});
const replicaSet = (uid: string, revision: string) => ({
  metadata: {
    uid,
    namespace: "demo",
    annotations: { "deployment.kubernetes.io/revision": revision },
    ownerReferences: [{ uid: "d" }],
  },
});
const pod = (name: string, owner: string, status: PropertyMap): PropertyMap => ({
  metadata: { name, namespace: "demo", ownerReferences: [{ uid: owner }] },
  status: { containerStatuses: [{ name: "app", ...status }] },
});
const crashing = (restartCount: number): PropertyMap => ({
  restartCount,
  ready: false,
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: { terminated: { exitCode: 3 } },
});

describe("plugins: waiting for Kubernetes objects", () => {
  it("a Deployment whose old replicas are still there is not ready, one whose are gone is", async () => {
    await using api = await startFakeApi();
    const status = { observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2 };
    api.answers.set(`${apps}/deployments/web`, deployment({ ...status, replicas: 3 }));
    api.answers.set(`${apps}/replicasets`, { items: [] });
    await assert.rejects(untilReady(api, "apps/v1", "Deployment"), {
      name: "NotReadyError",
      message: "Deployment demo/web was not ready within 1 s; last seen: 2 of 2 replicas updated, 2 available, 3 in all",
    });
    // Counters from before the change do not count.
    api.answers.set(`${apps}/deployments/web`, deployment({ ...status, observedGeneration: 1, replicas: 2 }));
    await assert.rejects(untilReady(api, "apps/v1", "Deployment"), /last seen: the controller has not seen the change yet/);
    api.answers.set(`${apps}/deployments/web`, deployment({ ...status, replicas: 2 }));
    const last = await untilReady(api, "apps/v1", "Deployment");
    assert.equal((last["status"] as PropertyMap)["replicas"], 2);
  });

  it("a crash loop ends the wait early, with the new pod's last log lines", async () => {
    await using api = await startFakeApi();
    api.answers.set(
      `${apps}/deployments/web`,
      deployment({ observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1, replicas: 2 }),
    );
    api.answers.set(`${apps}/replicasets`, { items: [replicaSet("old", "1"), replicaSet("new", "2")] });
    api.answers.set(`${ns}/pods`, { items: [pod("web-old", "old", crashing(9)), pod("web-new", "new", crashing(3))] });
    api.answers.set(`${ns}/pods/web-new/log`, "starting\nno config: /etc/plano\n");
    const started = Date.now();
    await assert.rejects(untilReady(api, "apps/v1", "Deployment", 60), {
      message:
        "Deployment demo/web cannot become ready: 1 of 2 replicas updated, 1 available, 2 in all; " +
        "pod web-new: container app is in CrashLoopBackOff (exit code 3, 3 restarts)\n" +
        "last log lines of web-new/app:\n    starting\n    no config: /etc/plano",
    });
    assert.ok(Date.now() - started < 3000, "the wait ended early");
    assert.ok(
      api.requests.some((request) => request.includes("/log?") && request.includes("previous=true")),
      "the log is that of the run that crashed",
    );
  });

  it("a StatefulSet is ready when its revision has rolled out", async () => {
    await using api = await startFakeApi();
    const set = (updateRevision: string) => ({
      kind: "StatefulSet",
      metadata: { namespace: "demo", generation: 1 },
      spec: { replicas: 1 },
      status: { observedGeneration: 1, readyReplicas: 1, currentRevision: "a", updateRevision },
    });
    api.answers.set(`${apps}/statefulsets/web`, set("b"));
    await assert.rejects(
      untilReady(api, "apps/v1", "StatefulSet"),
      /StatefulSet demo\/web was not ready within 1 s; last seen: 1 of 1 replicas ready, 0 updated/,
    );
    api.answers.set(`${apps}/statefulsets/web`, set("a"));
    await untilReady(api, "apps/v1", "StatefulSet");
  });

  it("a Service waits for a ready endpoint, a headless one does not", async () => {
    await using api = await startFakeApi();
    const service = (clusterIP: string) => ({
      metadata: { name: "web", namespace: "demo" },
      spec: { selector: { app: "web" }, clusterIP },
    });
    const slices = "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices";
    api.answers.set(`${ns}/services/web`, service("10.0.0.1"));
    api.answers.set(slices, { items: [{ endpoints: [{ conditions: { ready: false } }] }] });
    await assert.rejects(untilReady(api, "v1", "Service"), /none of its 1 pods is ready/);
    api.answers.set(slices, { items: [{ endpoints: [{ conditions: {} }] }] });
    await untilReady(api, "v1", "Service");
    api.answers.set(`${ns}/services/web`, service("None"));
    api.answers.set(slices, { items: [] });
    await untilReady(api, "v1", "Service");
  });

  it("a load balancer waits for its address, and the message says what gives one", async () => {
    await using api = await startFakeApi();
    const service = { metadata: { name: "web", namespace: "demo" }, spec: { type: "LoadBalancer", clusterIP: "10.0.0.1" } };
    const wait = () => untilReady(api, "v1", "Service");
    api.answers.set(`${ns}/services/web`, service);
    await assert.rejects(wait(), /not ready within 1 s; last seen: the load balancer has no address yet.*`minikube tunnel`/);
    api.answers.set(`${ns}/services/web`, {
      ...service,
      status: { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } },
    });
    await wait();
  });

  it("a claim waits to be bound, unless its class waits for a pod", async () => {
    await using api = await startFakeApi();
    api.answers.set(`${ns}/persistentvolumeclaims/web`, { spec: { storageClassName: "fast" }, status: { phase: "Pending" } });
    const wait = () => untilReady(api, "v1", "PersistentVolumeClaim");
    await assert.rejects(wait(), /phase Pending; the StorageClass fast does not exist/);
    api.answers.set("/apis/storage.k8s.io/v1/storageclasses/fast", { volumeBindingMode: "Immediate" });
    await assert.rejects(wait(), /phase Pending, StorageClass fast/);
    api.answers.set("/apis/storage.k8s.io/v1/storageclasses/fast", { volumeBindingMode: "WaitForFirstConsumer" });
    await wait();
  });

  it("a deletion waits for finalizers and names them; another object of the name does not count", async () => {
    await using api = await startFakeApi();
    api.answers.set(`${ns}/services/web`, { metadata: { uid: "1", finalizers: ["a.io/hold"] } });
    await assert.rejects(waitUntilGone(api.client, ref("v1", "Service"), "1", terms()), {
      message: "Service demo/web was not gone within 1 s; last seen: it is held by its finalizers a.io/hold",
    });
    await waitUntilGone(api.client, ref("v1", "Service"), "2", terms());
    api.answers.delete(`${ns}/services/web`);
    await waitUntilGone(api.client, ref("v1", "Service"), "1", terms());
  });

  it("Ctrl-C ends a wait at once", async () => {
    await using api = await startFakeApi();
    api.answers.set(`${ns}/services/web`, { metadata: { uid: "1" } });
    const cancel = new AbortController();
    const untilCancelled = { ...terms(60), signal: cancel.signal, onProgress: () => cancel.abort() };
    await assert.rejects(
      waitUntilGone(api.client, ref("v1", "Service"), "1", untilCancelled),
      new NotReadyError(
        "Service demo/web was not waited for: the update was cancelled before it was gone; last seen: it is being deleted",
      ),
    );
  });
});

describe("plugins: pods' problems", () => {
  const problem = (status: PropertyMap, elapsedMs = 0) => podProblem(pod("p", "o", status), elapsedMs);

  it("gives up an image only after a while, a crash only after some restarts", () => {
    const pulling = { image: "r/x:1", state: { waiting: { reason: "ImagePullBackOff", message: "no such host" } } };
    assert.deepEqual(problem(pulling), {
      text: "pod p: container app cannot pull the image r/x:1 (ImagePullBackOff: no such host)",
      hopeless: false,
      container: undefined,
    });
    assert.equal(problem(pulling, 60_000)?.hopeless, true);
    assert.equal(problem({ state: { waiting: { reason: "ErrImageNeverPull" } } })?.hopeless, true);
    assert.equal(problem(crashing(2))?.hopeless, false);
    assert.equal(problem(crashing(3))?.hopeless, true);
  });

  it("says what helps against an image that cannot be pulled, once it is given up", () => {
    const given = (message: string): string =>
      problem({ image: "r/x:1", state: { waiting: { reason: "ErrImagePull", message } } }, 60_000)?.text ?? "";
    assert.match(
      given("401 Unauthorized"),
      /\(ErrImagePull: 401 Unauthorized\)\n {2}→ .*pulumi config set --secret imagePullConfig/,
    );
    assert.match(given("r/x:1: not found"), /\n {2}→ the registry has no such image: .*\(image, planoVersion\)/);
    assert.match(given("dial tcp: i/o timeout"), /\n {2}→ let the nodes reach the registry, .*pulumi config set registry …$/);
  });

  it("sees none in a pod that starts or runs", () => {
    assert.equal(problem({ state: { waiting: { reason: "ContainerCreating" } } }), undefined);
    assert.equal(problem({ ready: true, state: { running: { startedAt: "now" } } }), undefined);
    assert.match(
      problem({ ready: false, containerID: "c", state: { running: { startedAt: "now" } } })?.text ?? "",
      /is running but not ready/,
    );
  });
});

describe("plugins: the cluster's client", () => {
  it("applies with manager, force and dry run, and passes warnings on", async () => {
    await using api = await startFakeApi('299 - "v1beta1 Foo is \\"deprecated\\""');
    api.answers.set(`${ns}/services/web`, { ok: true });
    await api.client.apply(ref("v1", "Service"), { a: 1 }, { fieldManager: "m", force: false, dryRun: true });
    assert.ok(
      api.requests.includes(
        "PATCH /api/v1/namespaces/demo/services/web?fieldManager=m&force=false&fieldValidation=Warn&dryRun=All",
      ),
      api.requests.join("\n"),
    );
    assert.ok(api.warnings.includes('v1beta1 Foo is "deprecated"'), api.warnings.join("\n"));
  });
});
