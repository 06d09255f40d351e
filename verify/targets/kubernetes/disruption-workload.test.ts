import type { V1NetworkPolicy } from "@kubernetes/client-node";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { ApiRequest } from "../../../lib/kubernetes/api";
import { listening } from "../../../lib/testing/listening";
import { type ApiObject, FakeNamespace } from "../../testing/fake-namespace";
import { ApiFailure } from "../namespace-api";
import { type Disruptable, disruptableOf } from "./kubernetes-disruptable";
import { findWorkload, type WorkloadQuery } from "./workload";

const query: WorkloadQuery = {
  context: "test",
  selector: "app=plano",
  redis: { selector: "app=redis" },
  scales: true,
  redisMaster: () => Promise.resolve({ name: "store-1", uid: "uid-store-1" }),
};

const ownedBy = (kind: string, name: string): ApiObject => ({
  ownerReferences: [{ kind, name, uid: `uid-${name}`, controller: true }],
});

function pod(app: string, owner: ApiObject, more: ApiObject = {}): ApiObject {
  const status = { phase: "Running", podIP: "10.0.0.1", conditions: [{ type: "Ready", status: "True" }] };
  return { metadata: { labels: { app }, ...owner, ...more }, status };
}

/** Two pods of a Deployment with an autoscaler, and Redis. Names of objects differ from what one would guess. */
function namespace(): FakeNamespace {
  const space = new FakeNamespace();
  for (const name of ["gw-1", "gw-2"]) space.put(`pods/${name}`, pod("plano", ownedBy("ReplicaSet", "set")));
  space.put("pods/store-0", pod("redis", ownedBy("StatefulSet", "store")));
  space.put("replicasets/set", { metadata: ownedBy("Deployment", "gateway") });
  space.put("deployments/gateway", { spec: { replicas: 2 }, status: {} });
  space.put("deployments/plano", { spec: { replicas: 9 } });
  const spec = { scaleTargetRef: { kind: "Deployment", name: "gateway" }, minReplicas: 2, maxReplicas: 5 };
  space.put("horizontalpodautoscalers/scaler", { spec });
  space.put("horizontalpodautoscalers/other", { spec: { ...spec, scaleTargetRef: { kind: "Deployment", name: "plano" } } });
  return space;
}

describe("what may be disturbed", () => {
  let space: FakeNamespace;
  beforeEach(() => void (space = namespace()));

  it("is found by owner references, not by name", async () => {
    const { deployment, pods, autoscaler, redis, leftover } = await findWorkload(space.api, query);
    assert.deepEqual(deployment, { name: "gateway", uid: "uid-gateway", replicas: 2 });
    assert.equal(pods.map(({ name }) => name).join(), "gw-1,gw-2");
    assert.deepEqual(autoscaler, { name: "scaler", uid: "uid-scaler", min: 2, max: 5 });
    assert.deepEqual(redis, { pod: { name: "store-0", uid: "uid-store-0" }, owner: "StatefulSet store" });
    assert.equal(leftover, undefined);
    assert.deepEqual(space.changes, []);
  });

  it("has an autoscaler, and what a run left behind that was killed, only where it is to be scaled", async () => {
    const scale = { replicas: 2, min: 2, max: 5 };
    const object = space.at<ApiObject>("horizontalpodautoscalers/scaler");
    const annotations = { "plano-affinity/put-back": JSON.stringify({ scale, run: "r" }) };
    space.put("horizontalpodautoscalers/scaler", { ...object, metadata: { annotations } });
    const left = await findWorkload(space.api, { ...query, scales: false });
    assert.deepEqual([left.autoscaler, left.leftover], [undefined, undefined]);
    assert.ok(space.requests.every(({ path }) => !path.includes("horizontalpodautoscalers")));
    assert.deepEqual((await findWorkload(space.api, query)).leftover, { ...scale, run: "r" });
  });

  const autoscaler = namespace().at<ApiObject>("horizontalpodautoscalers/scaler");
  const replaced = { metadata: { uid: "new" } };
  const only = "and only replicas of a Deployment are";
  const uncertain: readonly [why: string, path: string, object: ApiObject][] = [
    [`pod gw-2 belongs to StatefulSet gateway, ${only}`, "pods/gw-2", pod("plano", ownedBy("StatefulSet", "gateway"))],
    [`pod gw-2 has no owner, ${only}`, "pods/gw-2", pod("plano", {})],
    [`pod gw-2 belongs to ReplicaSet set, ${only}`, "replicasets/set", {}],
    ["Deployment gateway is being replaced; try again", "deployments/gateway", replaced],
    ["several autoscalers fight over Deployment gateway: scaler, scaler", "horizontalpodautoscalers/second", autoscaler],
    ["Redis' pod store-0 has no owner, and only one of a StatefulSet or Deployment is", "pods/store-0", pod("redis", {})],
  ];
  const assertUncertain = async (why: string): Promise<void> => {
    const message = `nothing was disturbed: ${why}`;
    await assert.rejects(findWorkload(space.api, query), { name: "Unmeasurable", message });
    assert.deepEqual(space.changes, []);
  };
  for (const [why, path, object] of uncertain) {
    it(`is uncertain, and nothing is touched: ${why}`, async () => {
      space.put(path, object);
      await assertUncertain(why);
    });
  }

  it("is uncertain with pods of several Deployments, and without a Redis", async () => {
    const redis = space.at<ApiObject>("pods/store-0");
    space.objects.delete("pods/store-0");
    await assertUncertain(
      "no ready Redis pod matches app=redis in namespace plano-test; name an external Redis with --redis-url; it is left alone",
    );
    space.put("pods/store-0", redis);
    space.put("replicasets/set2", { metadata: ownedBy("Deployment", "canary") });
    space.put("pods/gw-3", pod("plano", ownedBy("ReplicaSet", "set2")));
    await assertUncertain("app=plano matches pods of 2 Deployments, canary, gateway; choose one with --selector");
  });

  it("does not hang on pods that are on their way out or ended for good", async () => {
    space.put("pods/old", pod("plano", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }));
    space.put("pods/evicted", { ...pod("plano", {}), status: { phase: "Failed" } });
    assert.equal((await findWorkload(space.api, query)).pods.length, 2);
  });

  it("is no Redis outside of the deployment, and of several the master", async () => {
    const redisIn = async (redis: WorkloadQuery["redis"]) => (await findWorkload(space.api, { ...query, redis })).redis;
    assert.deepEqual(await redisIn({ url: "redis://:secret@cache.test" }), { leftOut: "Redis is outside of the deployment" });
    assert.deepEqual(await redisIn(undefined), { leftOut: "no Redis was named" });
    space.put("pods/store-1", pod("redis", ownedBy("StatefulSet", "store")));
    const master = { pod: { name: "store-1", uid: "uid-store-1" }, owner: "StatefulSet store" };
    assert.deepEqual(await redisIn({ selector: "app=redis" }), master);
  });
});

/** What answers in place of a pod's side-car. */
async function startWatch() {
  const server = createServer(({ url }, response) => {
    const [status, body] = url === "/start" ? watch.answer : [500, ""];
    response.writeHead(status).end(body);
  });
  const watch = { answer: [200, "alive\n"] as readonly [number, string], ...(await listening(server)) };
  return watch;
}

const never = new AbortController().signal;

describe("the disturbing of pods and Deployments", () => {
  let space: FakeNamespace;
  let closed: string[];
  let disruptable: Disruptable;
  let watch: Awaited<ReturnType<typeof startWatch>>;

  beforeEach(async () => {
    space = namespace();
    watch = await startWatch();
    closed = [];
    const ways = {
      replica: async ({ name }: { name: string }) => ({ name, url: `http://${name}.test` }),
      to: async () => `127.0.0.1:${watch.port}`,
      close: async (uid: string) => void closed.push(uid),
    };
    disruptable = disruptableOf(space.api, await findWorkload(space.api, query), query, ways);
  });

  afterEach(() => watch[Symbol.asyncDispose]());

  it("names the very pod and the very Deployment in every request", async () => {
    await disruptable.deletePod({ name: "gw-1", uid: "uid-gw-1" });
    await disruptable.roll();
    const [deleted, rolled] = space.changes;
    assert.equal(deleted, 'DELETE pods/gw-1 {"preconditions":{"uid":"uid-gw-1"}}');
    assert.match(
      rolled ?? "",
      /^PATCH deployments\/gateway\?fieldManager=plano-affinity-verify \{"metadata":\{"uid":"uid-gateway"\},"spec":\{"template":\{"metadata":\{"annotations":\{"kubectl\.kubernetes\.io\/restartedAt":"\d{4}-/,
    );
  });

  it("looks at the Deployment and its pods, with ways to the ready ones only", async () => {
    space.put("deployments/gateway", {
      metadata: { generation: 3, annotations: { "deployment.kubernetes.io/revision": "7" } },
      spec: { replicas: 3 },
      status: { observedGeneration: 2, updatedReplicas: 1 },
    });
    const waiting = [{ name: "gateway", ready: false, state: { waiting: { reason: "CrashLoopBackOff" } } }];
    space.put("pods/gw-2", { ...pod("plano", {}), status: { phase: "Running", containerStatuses: waiting } });
    space.put("pods/gw-3", pod("plano", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }));
    const { pods, ...look } = await disruptable.look();
    assert.deepEqual(look, { wanted: 3, observed: false, updated: 1, revision: "7" });
    const seen = pods.map(({ name, ready, leaving, state, replica }) => [name, ready, leaving, state, replica?.url]);
    assert.deepEqual(seen, [
      ["gw-1", true, false, "ready", "http://gw-1.test"],
      ["gw-2", false, false, "container gateway waits: CrashLoopBackOff", undefined],
      ["gw-3", false, true, "ending", undefined],
    ]);
  });

  it("gives up the ways to pods that are listed no more, to each once", async () => {
    const lookAtAll = () => Promise.all([disruptable.look(), disruptable.redisPods()]);
    space.put("pods/gw-1", pod("plano", {}, { deletionTimestamp: "2026-01-01T00:00:00Z" }));
    await lookAtAll();
    assert.deepEqual(closed, []);
    for (const gone of ["gw-2", "gw-1", "store-0"]) {
      space.objects.delete(`pods/${gone}`);
      await lookAtAll();
    }
    assert.deepEqual(closed, ["uid-gw-2", "uid-gw-1", "uid-store-0"]);
  });

  it("cuts a pod off by a policy for that pod alone, ends it, also another run's, and touches no policy of others", async () => {
    const labels = (): unknown => space.at<{ metadata: ApiObject }>("pods/gw-1").metadata["labels"];
    const mark = { "plano-affinity/cut-off": "redis" };
    const made = "networkpolicies/plano-affinity-cut-off";
    await disruptable.cutOff({ name: "gw-1", uid: "uid-gw-1" });
    assert.deepEqual(labels(), { app: "plano", ...mark });
    const { spec } = space.at<V1NetworkPolicy>(made);
    assert.deepEqual([spec?.podSelector, spec?.policyTypes], [{ matchLabels: mark }, ["Egress"]]);
    const ports = (spec?.egress ?? []).flatMap((it) => it.ports ?? []);
    const passes = (protocol: string, port: number): boolean =>
      ports.some((it) => it.protocol === protocol && Number(it.port) <= port && port <= (it.endPort ?? 0));
    const tcp = [53, 6_378, 6_379, 6_380, 65_535].filter((port) => passes("TCP", port));
    assert.deepEqual([tcp, passes("UDP", 53)], [[53, 6_378, 6_380, 65_535], true]);

    const later = disruptableOf(space.api, await findWorkload(space.api, query), query, {} as never);
    assert.equal(await later.rejoin(never), false, "it is not what this run has done");
    assert.ok(space.objects.has(made));
    await assert.rejects(disruptable.rejoin(AbortSignal.abort()));
    assert.equal(await later.rejoin(never, true), true);
    assert.deepEqual([space.objects.has(made), labels()], [false, { app: "plano" }]);
    await disruptable.cutOff({ name: "gw-1", uid: "uid-gw-1" });
    await disruptable.putBack(never);
    assert.deepEqual([space.objects.has(made), labels()], [false, { app: "plano" }]);

    space.put(made, { spec: { podSelector: { matchLabels: { app: "plano" } }, policyTypes: ["Ingress", "Egress"] } });
    await assert.rejects(disruptable.cutOff({ name: "gw-1", uid: "uid-gw-1" }), { message: "already exists" });
    assert.equal(await disruptable.rejoin(never, true), false);
    assert.ok(space.objects.has(made));
  });

  it("asks a pod's side-car what keeps it from Redis, and says so where there is none", async () => {
    const pod = { name: "gw-1", uid: "uid-gw-1", ready: true, leaving: false, state: "ready" };
    assert.equal(await disruptable.keptFromRedis(pod), undefined);
    watch.answer = [503, "Redis at redis:6379 does not let this pod in yet: refused\n"];
    assert.equal(await disruptable.keptFromRedis(pod), "Redis at redis:6379 does not let this pod in yet: refused");
    watch.answer = [404, ""];
    await assert.rejects(disruptable.keptFromRedis(pod), { message: "gw-1 has no side-car redis-watch (404)" });
    await watch[Symbol.asyncDispose]();
    const message = /^gw-1 has no side-car redis-watch \(.*refused/;
    await assert.rejects(disruptable.keptFromRedis(pod), { name: "Unmeasurable", message });
  });

  it("takes for endpoints what a Service takes for ready", async () => {
    const endpoint = (uid: string, ready: boolean | undefined): ApiObject => ({ targetRef: { uid }, conditions: { ready } });
    space.put("endpointslices/a", { endpoints: [endpoint("u1", true), endpoint("u2", false)] });
    space.put("endpointslices/b", { endpoints: [endpoint("u3", undefined), { conditions: {} }] });
    assert.deepEqual(await disruptable.endpoints(), new Set(["u1", "u3"]));
  });

  it("asks which rights are missing, by the objects' names, and takes them for had where it may not ask", async () => {
    const asked: unknown[] = [];
    space.json = async <T>({ body }: ApiRequest): Promise<T> => {
      const { resourceAttributes } = (body as { spec: { resourceAttributes: { verb: string } } }).spec;
      asked.push(resourceAttributes);
      if (resourceAttributes.verb === "list") throw new ApiFailure("forbidden", 403, false);
      return { status: { allowed: resourceAttributes.verb === "patch" } } as T;
    };
    const rights = [
      { group: "apps", resource: "deployments/scale", verb: "patch" },
      { group: "", resource: "pods", verb: "delete" },
      { group: "discovery.k8s.io", resource: "endpointslices", verb: "list" },
    ];
    assert.deepEqual(await disruptable.missingRights(rights), [rights[1]]);
    const scale = { ...rights[0], resource: "deployments", subresource: "scale", name: "gateway", namespace: "plano-test" };
    assert.deepEqual(asked[0], scale);
  });
});
