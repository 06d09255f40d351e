import assert from "node:assert/strict";
import { podProblem } from "./pods";
import { readinessRules } from "./rules";
import { waitUntilGone, waitUntilReady } from "./wait";
import { connect, parseSettings } from "../cluster";
import { groupKind } from "../objects";
import type { PropertyMap } from "../../rpc/properties";
import { FakeApiServer } from "../../../../lib/kubernetes/testing/fake-api-server";

const ns = "/api/v1/namespaces/demo";
const apps = "/apis/apps/v1/namespaces/demo";
const terms = (timeoutSeconds = 60) => ({ timeoutSeconds, signal: new AbortController().signal, onProgress: () => {} });
/** Those of a wait that is cancelled when it has seen that it has to wait. */
const untilSeen = () => {
  const cancel = new AbortController();
  return { ...terms(), signal: cancel.signal, onProgress: () => cancel.abort() };
};
const ref = (apiVersion: string, kind: string) => ({ apiVersion, kind, namespace: "demo", name: "web" });
const clientOf = (api: FakeApiServer, onWarning: (text: string) => void = () => {}) =>
  connect(parseSettings({ kubeconfig: api.kubeconfig() }), onWarning);
const untilReady = async (api: FakeApiServer, apiVersion: string, kind: string, until = untilSeen()) => {
  const rule = readinessRules[groupKind({ apiVersion, kind })] ?? assert.fail(`no rule for ${kind}`);
  return waitUntilReady(await clientOf(api), ref(apiVersion, kind), rule, until);
};
const service = ref("v1", "Service");
const revision = (it: string) => ({ "deployment.kubernetes.io/revision": it });

const deployment = (status: PropertyMap): PropertyMap => ({
  metadata: { namespace: "demo", uid: "d", generation: 2, annotations: revision("2") },
  spec: { replicas: 2, selector: { matchLabels: { app: "web" } } },
  status,
});
const replicaSet = (uid: string, its: string) => ({
  metadata: { uid, namespace: "demo", annotations: revision(its), ownerReferences: [{ uid: "d" }] },
  spec: { selector: { matchLabels: { hash: uid } } },
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
  let api: FakeApiServer;
  beforeEach(async () => void (api = await FakeApiServer.start()));
  afterEach(() => api[Symbol.asyncDispose]());

  /** The objects of the cluster, and what the wait then ends with; undefined: the object is ready. */
  type Case = readonly [what: string, objects: Readonly<Record<string, object>>, problem?: RegExp];
  const ofDeployment = (now: PropertyMap) => ({
    [`${apps}/deployments/web`]: deployment({ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2, ...now }),
    [`${apps}/replicasets`]: {},
  });
  const ofSet = (updateRevision: string) => {
    const now = { observedGeneration: 1, readyReplicas: 1, currentRevision: "a", updateRevision };
    const spec = { replicas: 1, selector: { matchLabels: { app: "web" } } };
    const set = { metadata: { namespace: "demo", generation: 1 }, spec, status: now };
    return { [`${apps}/statefulsets/web`]: set, [`${ns}/pods`]: {} };
  };
  const ofService = (spec: PropertyMap, conditions?: PropertyMap, now: PropertyMap = {}, deployments: PropertyMap[] = []) => ({
    [`${ns}/services/web`]: {
      metadata: { name: "web", namespace: "demo" },
      spec: { selector: { app: "web" }, ...spec },
      status: now,
    },
    "/apis/discovery.k8s.io/v1/namespaces/demo/endpointslices": { items: [{ endpoints: conditions ? [{ conditions }] : [] }] },
    [`${apps}/deployments`]: { items: deployments },
  });
  const wanting = (name: string, app: string, replicas: number): PropertyMap => {
    return { metadata: { name }, spec: { replicas, template: { metadata: { labels: { app } } } } };
  };
  const balanced = { type: "LoadBalancer", clusterIP: "10.0.0.1" };
  const address = { loadBalancer: { ingress: [{ hostname: "lb.example.com" }] } };
  const noAddress = /last seen: the load balancer has no address yet.*`minikube tunnel`/;
  const cases: readonly Case[] = [
    ["Deployment with old replicas", ofDeployment({ replicas: 3 }), /: 2 of 2 replicas updated, 2 available, 3 in all$/],
    ["Deployment of before the change", ofDeployment({ observedGeneration: 1, replicas: 2 }), /has not seen the change/],
    ["Deployment that has rolled out", ofDeployment({ replicas: 2 })],
    ["StatefulSet with an old revision", ofSet("b"), /^StatefulSet demo\/web was not .*: 1 of 1 replicas ready, 0 updated$/],
    ["StatefulSet that has rolled out", ofSet("a")],
    ["Service without a pod", ofService({}, undefined, {}, [wanting("db", "db", 0)]), /no pod matches its selector/],
    [
      "Service whose Deployment is scaled to 0",
      ofService({}, undefined, {}, [wanting("db", "db", 1), wanting("gw", "web", 0)]),
      /^Service demo\/web cannot become ready: Deployment gw is scaled to 0, which .*\n {2}→ with the cluster's kubeconfig, kubectl --namespace demo scale deployment gw --replicas=1; /,
    ],
    ["Service without a ready pod", ofService({}, { ready: false }), /none of its 1 pods is ready/],
    ["Service with an endpoint", ofService({}, {})],
    ["Service that is headless", ofService({ clusterIP: "None" })],
    ["Service without an address", ofService(balanced, {}), noAddress],
    ["Service with an address", ofService(balanced, {}, address)],
  ];
  for (const [what, objects, problem] of cases) {
    it(`a ${what} is ${problem ? "waited for" : "ready"}`, async () => {
      for (const [path, object] of Object.entries(objects)) api.answers.set(path, object);
      const [kind = ""] = what.split(" ");
      const waited = untilReady(api, kind === "Service" ? "v1" : "apps/v1", kind);
      if (problem) await assert.rejects(waited, { message: problem });
      else assert.deepEqual(await waited, Object.values(objects)[0]);
    });
  }

  it("a crash loop ends the wait early, with the new pod's last log lines", async () => {
    const rolling = deployment({ observedGeneration: 2, updatedReplicas: 1, availableReplicas: 1, replicas: 2 });
    api.answers.set(`${apps}/deployments/web`, rolling);
    api.answers.set(`${apps}/replicasets`, { items: [replicaSet("old", "1"), replicaSet("new", "2")] });
    api.answers.set(`${ns}/pods`, { items: [pod("web-old", "old", crashing(9)), pod("web-new", "new", crashing(3))] });
    api.answers.set(`${ns}/pods/web-new/log`, "starting\nno config: /etc/plano\n");
    const started = Date.now();
    await assert.rejects(untilReady(api, "apps/v1", "Deployment", terms()), {
      message:
        "Deployment demo/web cannot become ready: 1 of 2 replicas updated, 1 available, 2 in all; " +
        "pod web-new: container app is in CrashLoopBackOff (exit code 3, 3 restarts)\n" +
        "last log lines of web-new/app:\n    starting\n    no config: /etc/plano",
    });
    assert.ok(Date.now() - started < 30_000, "the wait ended early");
    const log = api.requests.find((request) => request.includes("/log?")) ?? "";
    assert.match(log, /previous=true/, "the log is that of the run that crashed");
  });

  it("a deletion waits for finalizers and names them; another object of the name does not count", async () => {
    api.answers.set(`${ns}/services/web`, { metadata: { uid: "1", finalizers: ["a.io/hold"] } });
    const untilGone = async (uid: string, seconds?: number) => waitUntilGone(await clientOf(api), service, uid, terms(seconds));
    await assert.rejects(untilGone("1", 2), {
      message: "Service demo/web was not gone within 2 s; last seen: it is held by its finalizers a.io/hold",
    });
    await untilGone("2");
    api.answers.delete(`${ns}/services/web`);
    await untilGone("1");
  });

  it("Ctrl-C ends a wait at once", async () => {
    api.answers.set(`${ns}/services/web`, { metadata: { uid: "1" } });
    const cancelled = "the update was cancelled before it was gone; last seen: it is being deleted";
    await assert.rejects(
      waitUntilGone(await clientOf(api), service, "1", untilSeen()),
      new Error(`Service demo/web was not waited for: ${cancelled}`),
    );
  });
});

describe("plugins: pods' problems", () => {
  const problem = (status: PropertyMap, elapsedMs = 0) => podProblem(pod("p", "o", status), elapsedMs);
  const waiting = (reason: string, message?: string): PropertyMap => {
    return { image: "r/x:1", state: { waiting: { reason, ...(message && { message }) } } };
  };

  it("gives up an image only after a while, and says what helps; a crash only after some restarts", () => {
    const text = "pod p: container app cannot pull the image r/x:1 (ImagePullBackOff: no such host)";
    const pulling = waiting("ImagePullBackOff", "no such host");
    const container = { namespace: "demo", pod: "p", name: "app" };
    assert.deepEqual(problem(pulling), { text, hopeless: false, container });
    for (const reason of ["ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName"]) {
      const { text, hopeless } = problem(waiting(reason), 60_000) ?? {};
      assert.equal(hopeless, true);
      assert.match(text ?? "", /\n {2}→ .*pulumi config set registry ….*pulumi config set --secret imagePullConfig/);
    }
    assert.deepEqual([problem(crashing(2))?.hopeless, problem(crashing(3))?.hopeless], [false, true]);
  });

  it("sees none in a pod that starts or runs", () => {
    const state = { running: { startedAt: "now" } };
    assert.equal(problem(waiting("ContainerCreating")), undefined);
    assert.equal(problem({ ready: true, state }), undefined);
    assert.match(problem({ ready: false, containerID: "c", state })?.text ?? "", /is running but not ready/);
  });
});

describe("plugins: the cluster's client", () => {
  it("passes the API server's warnings on", async () => {
    await using api = await FakeApiServer.start();
    api.respond = ({ response }) => void response.setHeader("Warning", '299 - "v1beta1 Foo is \\"deprecated\\""');
    const warnings: string[] = [];
    await (await clientOf(api, (text) => warnings.push(text))).get(service);
    assert.ok(warnings.includes('v1beta1 Foo is "deprecated"'), warnings.join("\n"));
  });
});
