import { strict as assert } from "node:assert";
import { stepByStep } from "../../lib/testing/skip";
import { waitFor } from "../../lib/wait";
import { loadImage } from "../../sandbox/lifecycle/sandbox";
import { connect, namespace } from "../stacks/kube";
import { soakStack } from "../stacks/soak-run";
import { assertNoStackTrace, npmRun, stackOfSuite } from "../stacks/stack";
import { badTraffic } from "./one-stack/bad-traffic";
import { drain } from "./one-stack/drain";
import { externalRedis } from "./one-stack/external-redis";
import { faults } from "./one-stack/faults";
import { inCluster } from "./one-stack/in-cluster";
import { networkPolicies } from "./one-stack/policies";

/** Suites that can go on with the stack as another left it share one: making it takes longer than many of their tests. */
describe("one stack on a sandbox", () => {
  const theStack = stackOfSuite("e2e-one-stack");
  before(() => theStack().up());

  faults(theStack);

  describe("with two replicas and no more, which have to bear it", () => {
    before(async () => {
      await theStack().configure({ minReplicas: 2, maxReplicas: 2 });
      await theStack().up();
    });

    inCluster(theStack);
    networkPolicies(theStack);
    badTraffic(theStack);

    // The stack as it is, with a stand-in that like Plano 0.4.27 never connects to Redis again. `npm run test:soak` has more.
    describe("a soak of three minutes", function () {
      stepByStep(this);
      let policies: () => Promise<(string | undefined)[]>;
      const cutOff = "plano-affinity-cut-off";

      before(async () => {
        const { networking } = await connect(theStack());
        policies = async () => {
          const { items } = await networking.listNamespacedNetworkPolicy({ namespace });
          return items.map(({ metadata }) => metadata?.name);
        };
      });

      it("leaves a NetworkPolicy when it is killed while a replica is cut off", async () => {
        const short = ["--minutes", "1", "--sessions", "50", "--rate", "20", "--faults", "replica-cut-off"];
        const isCutOff = async (): Promise<true | undefined> => (await policies()).includes(cutOff) || undefined;
        /** Whether it stays there: a run that stands still takes nothing away. */
        const isLeft = async (pid: number): Promise<true | undefined> => {
          process.kill(-pid, "SIGCONT");
          if (!(await isCutOff())) return undefined;
          process.kill(-pid, "SIGSTOP");
          return isCutOff();
        };
        let killed: Promise<void> | undefined;
        const args = ["soak", "--namespace", namespace, "--yes", ...short];
        await npmRun(args, await theStack().environment(), (soFar, pid) => {
          if (!soFar.includes("Replica cut off")) return;
          killed ??= waitFor({ subject: cutOff, limitMs: 30_000 }, () => isLeft(pid)).then(
            () => void process.kill(-pid, "SIGKILL"),
          );
        });
        await killed;
        assert.ok((await policies()).includes(cutOff));
      });

      it("breaks no pin and loses no request, but for those of an outage of Redis", async () => {
        const wanted = ["pod-deleted", "redis-restarted", "redis-paused", "replica-cut-off"];
        const pace = ["--minutes", "3", "--sessions", "500", "--rate", "60", "--recover-within", "30"];
        const args = [...pace, "--faults", wanted.join()];
        const { code, output, report } = await soakStack(theStack(), args);
        assert.equal(code, 0, output);
        assert.equal(report.verdict, "pass");
        const first = report.faults.slice(0, 4).map(({ id }) => id);
        assert.deepEqual(first.sort(), wanted.sort());
        assert.ok(!(await policies()).includes(cutOff), "also the one that was left is gone");
        for (const { id, verdict, recoveredMs } of report.faults) assert.ok(verdict === "pass" && recoveredMs !== null, id);
        assert.ok(report.sessions.peak >= 500, String(report.sessions.peak));
        assert.equal(report.answers.lost + report.answers.outside, 0);
        assert.ok(report.answers.held > 2_000, String(report.answers.held));
        assert.ok(report.answers.inside > 0, "while Redis restarts nobody has pins: otherwise it was not away");
      });
    });

    describe("a rollout that cannot succeed", function () {
      stepByStep(this);

      it("shows the last log lines of a gateway that does not start", async () => {
        const stack = theStack();
        const program = { programs: { "/usr/local/bin/node": process.execPath }, entrypoint: ["node"], cmd: ["/app/missing.js"] };
        await stack.configure({ image: await loadImage(stack.name, { name: "broken", ...program, user: "1000:1000" }) });
        const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
        assert.notEqual(code, 0);
        assert.match(output, /Cannot find module '\/app\/missing\.js'/);
        assertNoStackTrace(output.replaceAll(/^\s+at .*\(node:internal.*$/gm, ""));
      });

      it("names the port when another service has it, and passes when it is free again", async () => {
        const stack = theStack();
        await stack.configure({ image: undefined, serviceType: "ClusterIP" });
        await stack.up();
        const { core } = await connect(stack);
        const taker = { metadata: { name: "taker" }, spec: { type: "NodePort", ports: [{ port: 80, nodePort: 32_000 }] } };
        await core.createNamespacedService({ namespace: "default", body: taker });
        await stack.configure({ serviceType: undefined });
        assert.match(await stack.upFails(), /32000.*already allocated/);
        await core.deleteNamespacedService({ namespace: "default", name: "taker" });
        await stack.up();
      });
    });

    externalRedis(theStack);
  });

  drain(theStack);
});
