import { strict as assert } from "node:assert";
import { setTimeout as pause } from "node:timers/promises";
import type { Report } from "../../../verify";
import { denseBody, request, wideBody } from "../../stacks/attacks/bad-requests";
import { Bystander } from "../../stacks/attacks/bystander";
import { newSessions } from "../../stacks/attacks/chat";
import { endlessBodies, silent, slowBodies, slowHeads } from "../../stacks/attacks/held-connections";
import { assertOnly, attempt } from "../../stacks/attacks/raw-connection";
import { connect, namespace } from "../../stacks/kube";
import type { TestStack } from "../../stacks/stack";

/** What ../loopback/bad-traffic.test.ts does not show: that the pods bear it within their limits. */
export function badTraffic(theStack: () => TestStack): void {
  describe("bad traffic to a stack on a sandbox, through its service", function () {
    this.timeout(600_000);
    async function verify(sessions: number): Promise<Report> {
      const named = ["--namespace", namespace, "--session-prefix", "bad-traffic-"];
      const options = [...named, "--sessions", String(sessions), "--checks", "control,pinning,redis,traces"];
      return (await theStack().verify(options, 0)).report();
    }

    it("shuts nobody out, and leaves the pins of before on every replica, and every pod as it was", async () => {
      const { core } = await connect(theStack());
      /** Each pod of the namespace, with how often its containers were started anew: another uid is another pod. */
      const pods = async (): Promise<string[]> =>
        (await core.listNamespacedPod({ namespace })).items
          .map(({ metadata, status }) => {
            const restarts = (status?.containerStatuses ?? []).map((each) => `${each.name} ${each.restartCount}`).sort();
            return `${metadata?.name} ${metadata?.uid}: ${restarts.join(", ")}`;
          })
          .sort();
      const gateway = await theStack().output<string>("gatewayUrl");
      const begun = await verify(8);
      const before = await pods();

      await using bystander = await Bystander.start([gateway], "bystander-");
      {
        using quiet = silent(gateway, 400);
        using heads = slowHeads(gateway, 200);
        using _small = slowBodies(gateway, 200, 4_000);
        using _large = slowBodies(gateway, 30, 900_000);
        using _endless = endlessBodies(gateway, 4);
        for (const body of [denseBody(1_000_000), wideBody(1_000_000)])
          await Promise.all(Array.from({ length: 6 }, () => attempt(gateway, request(body))));
        // Longer than a head may take, and than three probes of the kubelet's take to fail.
        await pause(17_000);
        await Promise.all([heads.settled(), quiet.settled()]);
        await bystander.nextRound();
        assert.equal(heads.open, 0, "slow heads are cut off");
        assert.equal(quiet.open, 0, "silent connections are cut off");
      }
      const outcomes = await newSessions(gateway, "burst-", 5_000, 200);
      assertOnly(outcomes, [200, 503]);
      assert.ok((outcomes.get(200) ?? 0) > 4_500, `${outcomes.get(200)} were answered`);
      await bystander.nextRound();
      assert.deepEqual(bystander.failures, []);
      assert.deepEqual(await pods(), before);

      // Next to those of before new ones are begun, which must work too.
      const report = await verify(16);
      assert.equal(report.replicas.length, 2);
      for (const { id, model } of begun.sessions) {
        const now = report.sessions.find((it) => it.id === id);
        assert.equal(now?.model, model, id);
        assert.equal(new Set(now?.replicas).size, 2, `${id} was asked on both replicas`);
      }
      assert.deepEqual(await pods(), before, "after the verifier's run");
    });
  });
}
