import assert from "node:assert/strict";
import { defaultOptions, verify } from "..";
import { Unmeasurable } from "../common/errors";
import { askConsent, disruptionInWords } from "./consent";
import type { Workload } from "../targets/disruptable";
import type { Disruptable } from "../targets/kubernetes/kubernetes-disruptable";
import type { ConnectedTarget } from "../targets/target";

const workload: Workload = {
  server: "https://api.test:6443",
  context: "demo",
  namespace: "plano-demo",
  deployment: { name: "plano", uid: "u", replicas: 2 },
  pods: ["plano-a", "plano-b"].map((name) => ({ name, uid: name })),
  autoscaler: { name: "plano", uid: "h", min: 2, max: 5 },
  redis: { pod: { name: "redis-0", uid: "r" }, owner: "StatefulSet redis" },
  leftover: undefined,
};

describe("what is said before a deployment is disturbed", () => {
  it("lists what will be done to what", () => {
    assert.deepEqual(disruptionInWords(workload, ["scale", "faults"]), [
      "scale and faults will disturb a deployment:",
      "  cluster     https://api.test:6443 (context demo)",
      "  namespace   plano-demo",
      "  Deployment  plano, 2 replicas: plano-a, plano-b",
      "    scale     3 replicas, then 2 again",
      "    scale     HorizontalPodAutoscaler plano is held at these numbers meanwhile; then 2 to 5 again",
      "    faults    one of its pods is deleted; then all are replaced by a rollout",
      "  Redis       pod redis-0 of StatefulSet redis",
      "    faults    all its clients are disconnected; it is paused for 2.5 s; the pod is deleted and comes again",
      "    faults    NetworkPolicy plano-affinity-cut-off keeps one of the Deployment's pods from it for some seconds",
      "  If the replicas do not share sessions after a fault, they are replaced by a rollout once more.",
    ]);
  });

  it("lists no more than what will be done", () => {
    const scaled = disruptionInWords({ ...workload, autoscaler: undefined, context: undefined }, ["scale"]).join("\n");
    assert.match(scaled, /cluster     https:\/\/api\.test:6443\n/);
    assert.doesNotMatch(scaled, /HorizontalPodAutoscaler|Redis|deleted/);
    const redis = { leftOut: "Redis is outside of the deployment" };
    const left = disruptionInWords({ ...workload, redis }, ["faults"]).join("\n");
    assert.match(left, /Redis       left alone: Redis is outside of the deployment/);
    assert.doesNotMatch(left, /disconnected|NetworkPolicy|3 replicas/);
  });

  it("starts from what a killed run left behind", () => {
    const deployment = { ...workload.deployment, replicas: 3 };
    const autoscaler = { name: "plano", uid: "h", min: 3, max: 3 };
    const held = { ...workload, deployment, autoscaler, leftover: { replicas: 2, min: 2, max: 5 } };
    const lines = disruptionInWords(held, ["scale"]);
    assert.deepEqual(lines.slice(4), [
      "    scale     first, what a run that was killed has left: Deployment plano at 2 replicas and HorizontalPodAutoscaler plano at 2 to 5",
      "    scale     3 replicas, then 2 again",
      "    scale     HorizontalPodAutoscaler plano is held at these numbers meanwhile; then 2 to 5 again",
    ]);
  });
});

describe("consent", () => {
  const found: Partial<Disruptable> = { workload };
  const ask = async (answer: boolean, disruptable = async () => found, ids = ["faults"], replicas = 2): Promise<number> => {
    let asked = 0;
    const confirmDisruption = async (): Promise<boolean> => {
      asked++;
      return answer;
    };
    const target = { replicas: Array.from({ length: replicas }), disruptable } as unknown as ConnectedTarget;
    await askConsent({ ...defaultOptions, checks: ids, allowDisruption: true, confirmDisruption }, target);
    return asked;
  };

  it("is asked for once, and a no ends the run", async () => {
    assert.equal(await ask(true), 1);
    await assert.rejects(ask(false), { name: "UsageError", message: "--checks: not confirmed; nothing was changed" });
  });

  it("is not asked for where nothing will be disturbed", async () => {
    const uncertain = (): Promise<never> => Promise.reject(new Unmeasurable("it is not certain"));
    assert.deepEqual([await ask(false, undefined, ["pinning"]), await ask(false, uncertain)], [0, 0]);
    assert.equal(await ask(false, undefined, undefined, 1), 0);
  });

  it("is needed by callers of the library as well", async () => {
    await assert.rejects(verify({ ...defaultOptions, checks: ["pinning", "scale"] }), {
      name: "UsageError",
      message:
        "--checks: scale changes the deployment, and that was not allowed; add --yes and --namespace, or set allowDisruption",
    });
  });
});
