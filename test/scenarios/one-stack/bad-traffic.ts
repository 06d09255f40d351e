import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Report } from "../../../verify";
import { stepByStep } from "../../../lib/testing/skip";
import { denseBody, malformed, request, wideBody } from "../../stacks/attacks/bad-requests";
import { Bystander } from "../../stacks/attacks/bystander";
import {
  endlessBodies,
  type HeldConnections,
  silent,
  slowBodies,
  slowHeads,
  tinyChunks,
} from "../../stacks/attacks/held-connections";
import { attempt, type Target, targetOf } from "../../stacks/attacks/raw-connection";
import { newSessions } from "../../stacks/attacks/session-burst";
import { pause } from "../../stacks/attacks/waiting";
import { connect, type KubeClients } from "../../stacks/kube";
import { runProcess, type TestStack } from "../../stacks/stack";

const namespace = "plano-demo";

export function badTraffic(theStack: () => TestStack): void {
  describe("bad traffic to a stack on a sandbox, through its service", function () {
    stepByStep(this);
    this.timeout(120_000);
    let stack: TestStack;
    let kube: KubeClients;
    let env: NodeJS.ProcessEnv;
    let gateway: string;
    let target: Target;
    let begun: Report;
    let podsBefore: readonly string[];
    let bystander: Bystander | undefined;

    before(async function () {
      this.timeout(600_000);
      stack = theStack();
      kube = await connect(stack);
      const kubeconfig = join(stack.folder, "kubeconfig");
      await writeFile(kubeconfig, await stack.output<string>("kubeconfig"), { mode: 0o600 });
      env = { ...process.env, KUBECONFIG: kubeconfig, NO_COLOR: "1" };
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
      const path = join(stack.folder, "report.json");
      const options = ["--namespace", namespace, "--sessions", String(sessions), "--session-prefix", "bad-traffic-"];
      const command = ["commands/bootstrap/run.mjs", "verify", ...options, "--report", `json=${path}`];
      const { code, output } = await runProcess(process.execPath, command, env);
      assert.equal(code, 0, output);
      return JSON.parse(await readFile(path, "utf8")) as Report;
    }

    it("malformed and oversized requests are refused", async () => {
      for (const { what, bytes, right } of malformed) {
        const { outcome, answer } = await attempt(target, bytes);
        assert.ok(right.includes(outcome), `${what} was answered with ${outcome}: ${answer.slice(0, 200)}`);
      }
      await bystander?.nextRound();
      assert.deepEqual(bystander?.failures, []);
    });

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
      const { outcomes, seconds } = await newSessions(target, "burst-", 5_000, 200);
      for (const [outcome, count] of outcomes) assert.ok(outcome === 200 || outcome === 503, `${count} ended with ${outcome}`);
      assert.ok((outcomes.get(200) ?? 0) > 4_500, `${outcomes.get(200)} were answered in ${seconds.toFixed(1)} s`);
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
