import { strict as assert } from "node:assert";
import { resolve } from "node:path";
import { keepingRelease } from "../../settings/plano/releases";
import { readSavedImage } from "../../sandbox/images/saved";
import { skipBecause, stepByStep } from "../../lib/testing/skip";
import { waitFor } from "../../lib/wait";
import type { Report } from "../../verify";
import { connect, inContainer, type KubeClients, namespace, podsOf } from "../stacks/kube";
import { Load } from "../stacks/load";
import { type MachineState, machineState } from "../stacks/machine";
import { npmRun, TestStack } from "../stacks/stack";
import { needsSandbox } from "../stacks/leftovers";
import { OutsideCluster } from "../stacks/outside-cluster";
import { openAi } from "./one-cluster/openai";

const archive = process.env["PLANO_AFFINITY_PLANO_IMAGE"];
const versionOf = async (image: string): Promise<string> => (await readSavedImage(image)).tags[0]?.split(":").at(-1) ?? "";

/** Plano itself, from nothing to nothing; each test goes on where the one before ended. */
describe("Plano's own image on a sandbox", function () {
  stepByStep(this);
  // A rollout of Plano takes a minute and more.
  this.timeout(600_000);
  const name = "e2e-plano";
  let untouched: MachineState;
  let stack: TestStack;
  let kube: KubeClients;
  let anchored: boolean;

  before(async function () {
    if (archive === undefined) skipBecause(this, "PLANO_AFFINITY_PLANO_IMAGE names no archive of Plano's image");
    await needsSandbox(this);
    untouched = await machineState();
    const image = resolve(archive ?? "");
    const planoVersion = await versionOf(image);
    anchored = keepingRelease(planoVersion).keeps === "anchored";
    // More would come and go by the load that the tests themselves are.
    stack = await TestStack.create(name, { image, planoVersion, maxReplicas: 2 });
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const ask = (...args: string[]) => stack.verify(["--namespace", namespace, "--pin", anchored ? "anchored" : "fixed", ...args]);
  const verify = async (...args: string[]): Promise<Report> => {
    const { code, output, report } = await ask(...args);
    assert.equal(code, 0, output);
    return report();
  };
  const deployment = () => kube.apps.readNamespacedDeployment({ namespace, name: "plano" });
  /** Waits for as many replicas as the autoscaler wants, all ready and of the latest version, and no other. */
  async function settled(): Promise<void> {
    await waitFor({ subject: "the replicas", limitMs: 240_000, intervalMs: 500 }, async () => {
      const { metadata, spec, status = {} } = await deployment();
      const seen = [status.replicas, status.updatedReplicas, status.readyReplicas, (await podsOf(kube, "plano")).length];
      const current = (status.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
      if (current && seen.every((it) => it === spec?.replicas)) return true;
      throw new Error(`wanted ${spec?.replicas}; there, updated, ready, and pods: ${seen.map((it) => it ?? 0).join(", ")}`);
    });
  }
  const gatewayUrl = (): Promise<string> => stack.output<string>("gatewayUrl");
  /** Plays something while a client asks without a pause. @returns how many requests were answered */
  async function underLoad(what: () => Promise<unknown>): Promise<number> {
    const load = new Load(await gatewayUrl(), 1);
    try {
      await what();
    } finally {
      await load[Symbol.asyncDispose]();
    }
    assert.deepEqual([...load.failures], []);
    return load.answered;
  }

  it("comes up from an archive without a registry or PyPI, and proves the affinity", async function () {
    const since = performance.now();
    const output = await stack.up();
    console.log(`      up in ${Math.round((performance.now() - since) / 1_000)} s`);
    assert.match(output, /Affinity: pass/);
    assert.doesNotMatch(output, /stand-in/);
    const { verdict, gateway } = await stack.affinity();
    assert.deepEqual([verdict, gateway], ["pass", "plano"]);
    kube = await connect(stack);
  });

  it("has a status that names it", async () => {
    const own = { PULUMI_BACKEND_URL: `file://${stack.folder}`, PULUMI_CONFIG_PASSPHRASE: "test", PULUMI_STACK: name };
    const { output } = await npmRun(["status"], { ...process.env, ...own, NO_COLOR: "1" });
    assert.match(output, /gateway +Plano 0\.4\.\d+, image localhost\/plano-affinity\/plano:/);
  });

  it("keeps its pins when several replicas are asked first, and when one is added or removed", async () => {
    const checks = anchored ? "control,pinning,redis,traces,scale" : "control,pinning,redis,traces,race,scale";
    await verify("--checks", checks, "--yes");
    await settled();
  });

  it("is restarted when the process behind its proxy hangs, and starts without PyPI", async () => {
    const [pod] = await podsOf(kube, "plano");
    const hung = pod?.metadata?.name ?? "";
    await inContainer(kube, hung, "gateway", ["pkill", "-STOP", "brightstaff"]);
    const ready = async (wanted: boolean) => {
      const { status } = await kube.core.readNamespacedPod({ namespace, name: hung });
      const { ready: isReady, restartCount } = status?.containerStatuses?.find((it) => it.name === "gateway") ?? {};
      return isReady === wanted && (!wanted || restartCount === 1) ? true : undefined;
    };
    const since = performance.now();
    for (const wanted of [false, true])
      await waitFor({ subject: `${hung} ready: ${wanted}`, limitMs: 60_000, intervalMs: 500 }, () => ready(wanted));
    console.log(`      ready again after ${Math.round((performance.now() - since) / 1_000)} s`);
    await settled();
  });

  it("has its affinity back after a restart of Redis", async () => {
    const sessions = ["--sessions", "2", "--rounds", "2", "--session-prefix", "restart-"];
    await verify(...sessions);
    await kube.core.deleteNamespacedPod({ namespace, name: "redis-0" });
    const since = performance.now();
    await waitFor({ subject: "Redis", limitMs: 60_000 }, async () => {
      const { status, metadata } = await kube.core.readNamespacedPod({ namespace, name: "redis-0" });
      return metadata?.deletionTimestamp === undefined && status?.containerStatuses?.[0]?.ready ? true : undefined;
    });
    await waitFor({ subject: "affinity", limitMs: 120_000, intervalMs: 500 }, async () => {
      const { code } = await ask("--checks", "pinning,redis", "--timeout", "5", ...sessions);
      return code === 0 ? true : undefined;
    });
    const seconds = (performance.now() - since) / 1_000;
    console.log(`      affinity back after ${Math.round(seconds)} s`);
    await settled();
    await verify(...sessions);
  });

  it("recovers from every fault with its pins, as far as the release promises", async () => {
    const { checks } = await verify("--checks", "faults", "--yes");
    console.log(`      ${checks.find(({ id }) => id === "faults")?.summary}`);
    await settled();
  });

  it("loses no request when its configuration changes under traffic", async () => {
    await stack.configure({ proof: { enabled: false }, drainSeconds: 30 });
    const answered = await underLoad(() => stack.up());
    console.log(`      ${answered} requests were answered`);
    await settled();
  });

  it("grows to a third replica by its load, and loses no request", async () => {
    assert.equal((await deployment()).spec?.replicas, 2);
    await stack.configure({ maxReplicas: 3 });
    await stack.up();
    const answered = await underLoad(() =>
      waitFor({ subject: "a third replica", limitMs: 240_000, intervalMs: 1_000 }, async () => {
        const { status } = await deployment();
        return (status?.readyReplicas ?? 0) >= 3 ? true : undefined;
      }),
    );
    console.log(`      ${answered} requests were answered`);
  });

  it("leaves nothing when it is destroyed", async () => {
    await stack.destroy();
    assert.deepEqual(await machineState(), untouched);
  });
});

describe("Plano's own image on a cluster that no stack made", () => {
  const { KUBECONFIG } = process.env;
  let cluster: OutsideCluster;
  let image: string;
  let planoVersion: string;

  before(async function () {
    if (archive === undefined) skipBecause(this, "PLANO_AFFINITY_PLANO_IMAGE names no archive of Plano's image");
    planoVersion = await versionOf(resolve(archive ?? ""));
    if (keepingRelease(planoVersion).keeps === "anchored")
      skipBecause(this, "an anchored release reads its prices from the LLM stub, whose image of Node.js this cluster has not");
    await needsSandbox(this);
    cluster = await OutsideCluster.start("e2e-plano-openai");
    image = await cluster.loadPlano(resolve(archive ?? ""));
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
  });

  openAi(
    () => cluster,
    "plano",
    () => ({ image, planoVersion }),
  );
});
