import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { strict as assert } from "node:assert";
import { waitFor } from "../../../lib/wait";
import type { DisruptionEvent } from "../../../verify/disruption/event";
import { stepByStep } from "../../../lib/testing/skip";
import { connect, type KubeClients, namespace } from "../../stacks/kube";
import { assertUnchanged, type TestStack } from "../../stacks/stack";

const annotation = "plano-affinity/put-back";
const scaling = ["--namespace", namespace, "--checks", "scale", "--yes"];

/** One stack that is disturbed on purpose; each test goes on where the one before ended. */
export function faults(theStack: () => TestStack): void {
  describe("the check scale, and what it asks for, on a sandbox", function () {
    stepByStep(this);
    let stack: TestStack;
    let kube: KubeClients;

    before(async () => {
      stack = theStack();
      kube = await connect(stack);
    });

    const autoscaler = (): Promise<V2HorizontalPodAutoscaler> =>
      kube.autoscaling.readNamespacedHorizontalPodAutoscaler({ namespace, name: "plano" });

    async function assertPutBack(): Promise<void> {
      const { spec, metadata } = await autoscaler();
      assert.deepEqual([spec?.minReplicas, spec?.maxReplicas], [2, 5]);
      assert.equal(metadata?.annotations?.[annotation], undefined);
      const deployment = await kube.apps.readNamespacedDeployment({ namespace, name: "plano" });
      assert.equal(deployment.spec?.replicas, 2);
      const scaled = [...(metadata?.managedFields ?? []), ...(deployment.metadata?.managedFields ?? [])];
      const ours = scaled.filter(
        (it) => it.manager === "plano-affinity-verify" && /f:(min|max)?[rR]eplicas/.test(JSON.stringify(it)),
      );
      assert.deepEqual(ours, [], "no field of the scale is ours");
      assertUnchanged(await stack.must("preview"));
    }

    /** Runs the check `scale`, and sends a signal to it and what it has started when it holds the scale. */
    async function cutOff(signal: NodeJS.Signals): ReturnType<TestStack["verify"]> {
      let sent: Promise<void> | undefined;
      const outcome = await stack.verify(scaling, undefined, (soFar, pid) => {
        if (soFar.includes("scale: Replica added")) sent ??= held().then(() => void process.kill(-pid, signal));
      });
      await sent;
      return outcome;
    }

    it("change nothing without a terminal to ask on, or with --yes and no namespace", async () => {
      for (const [args, reason] of [
        [["scale,faults"], "there is no terminal to ask on; add --yes"],
        [["faults", "--yes"], "add --namespace plano-demo"],
      ] as const) {
        const { output } = await stack.verify(["--checks", ...args], 3);
        assert.ok(output.includes(reason), output);
      }
      await assertPutBack();
    });

    it("add and remove a replica whose pins hold, and leave nothing for Pulumi to do", async () => {
      const { report } = await stack.verify(["--namespace", namespace, "--checks", "pinning,scale", "--yes"], 0);
      const events = (await report()).checks.find(({ id }) => id === "scale")?.evidence["events"] as unknown;
      assert.deepEqual(
        (events as readonly DisruptionEvent[]).map(({ id, verdict }) => [id, verdict]),
        [
          ["replica-added", "pass"],
          ["replica-removed", "pass"],
        ],
      );
      await assertPutBack();
    });

    it("put the scale back at Ctrl-C", async () => {
      const { code, report } = await cutOff("SIGINT");
      assert.deepEqual([code, (await report()).reason], [2, "interrupted"]);
      await assertPutBack();
    });

    it("put back what a run left behind that was killed", async () => {
      await cutOff("SIGKILL");
      assert.notEqual((await autoscaler()).metadata?.annotations?.[annotation], undefined);
      await stack.verify(scaling, 0);
      await assertPutBack();
    });

    /** Resolves when a run holds the scale. */
    async function held(): Promise<void> {
      await waitFor({ subject: "a run that holds the scale", limitMs: 30_000 }, async () =>
        (await autoscaler()).metadata?.annotations?.[annotation] === undefined ? undefined : true,
      );
    }
  });
}
