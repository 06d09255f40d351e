import { strict as assert } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { Report } from "../../../verify";
import { stepByStep } from "../../../lib/testing/skip";
import { denseBody, request, wideBody } from "../../stacks/attacks/bad-requests";
import { newSessions } from "../../stacks/attacks/chat";
import { Bystander } from "../../stacks/attacks/bystander";
import {
  endlessBodies,
  type HeldConnections,
  silent,
  slowBodies,
  slowHeads,
  tinyChunks,
} from "../../stacks/attacks/held-connections";
import { assertOnly, attempt, type Target, targetOf } from "../../stacks/attacks/raw-connection";
import { connect, type KubeClients, namespace } from "../../stacks/kube";
import type { TestStack } from "../../stacks/stack";

/** What ../bad-traffic-on-loopback.test.ts does not show: that the pods bear it within their limits. */
export function badTraffic(theStack: () => TestStack): void {
  describe("bad traffic to a stack on a sandbox, through its service", function () {
    stepByStep(this);
    this.timeout(120_000);
    let stack: TestStack;
    let kube: KubeClients;
    let gateway: string;
    let target: Target;
    let begun: Report;
    let podsBefore: readonly string[];
    let bystander: Bystander | undefined;

    before(async function () {
      this.timeout(600_000);
      stack = theStack();
      kube = await connect(stack);
      gateway = await stack.output<string>("gatewayUrl");
      target = targetOf(gateway);
      begun = await verify(8);
      podsBefore = await pods();
      bystander = await Bystander.start([gateway], "bystander-");
    });

    after(async function () {
      this.timeout(300_000);
      await bystander?.[Symbol.asyncDispose]();
    });

    /** Each pod of the namespace, with how often its containers were started anew: another uid is another pod. */
    async function pods(): Promise<string[]> {
      const { items } = await kube.core.listNamespacedPod({ namespace });
      return items
        .map(({ metadata, status }) => {
          const restarts = (status?.containerStatuses ?? []).map((each) => `${each.name} ${each.restartCount}`).sort();
          return `${metadata?.name} ${metadata?.uid}: ${restarts.join(", ")}`;
        })
        .sort();
    }

    async function verify(sessions: number): Promise<Report> {
      const options = ["--namespace", namespace, "--sessions", String(sessions), "--session-prefix", "bad-traffic-"];
      return (await stack.verify(options, 0)).report();
    }

    it("slow, silent, endless and large ones shut nobody out", async () => {
      const held: HeldConnections[] = [
        silent(target, 3_000),
        slowHeads(target, 200),
        slowBodies(target, 200, 4_000),
        slowBodies(target, 30, 5_000_000),
        tinyChunks(target, 40, 16_000),
        endlessBodies(target, 4),
      ];
      try {
        await Promise.all(Array.from({ length: 6 }, () => attempt(target, request(denseBody(9_000_000)))));
        await Promise.all(Array.from({ length: 6 }, () => attempt(target, request(wideBody(9_000_000)))));
        // Longer than a head may take, and than three probes of the kubelet's take to fail.
        await pause(17_000);
        await bystander?.nextRound();
        const [quiet, heads] = held;
        assert.equal(heads?.open, 0, "slow heads are cut off");
        assert.equal(quiet?.open, 0, "silent connections are cut off");
      } finally {
        for (const each of held) await each[Symbol.asyncDispose]();
      }
      assert.deepEqual(bystander?.failures, []);
    });

    it("5,000 new sessions as quickly as may be are pinned or refused", async () => {
      const outcomes = await newSessions(gateway, "burst-", 5_000, 200);
      assertOnly(outcomes, [200, 503]);
      assert.ok((outcomes.get(200) ?? 0) > 4_500, `${outcomes.get(200)} were answered`);
      await bystander?.nextRound();
      assert.deepEqual(bystander?.failures, []);
    });

    it("leaves the pins of before on every replica, and every pod as it was", async () => {
      assert.deepEqual(await pods(), podsBefore);
      // Next to those of before new ones are begun, which must work too.
      const report = await verify(16);
      assert.equal(report.replicas.length, 2);
      for (const { id, model } of begun.sessions) {
        const now = report.sessions.find((it) => it.id === id);
        assert.equal(now?.model, model, id);
        assert.equal(new Set(now?.replicas).size, 2, `${id} was asked on both replicas`);
      }
      assert.deepEqual(await pods(), podsBefore, "after the verifier's run");
    });
  });
}
