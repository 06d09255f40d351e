import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentProgress } from "../../lib/progress";
import { waitFor } from "../../lib/wait";
import { endProcess, findProcess } from "../../sandbox/lifecycle/node-process";
import { sandboxFolder } from "../../sandbox/lifecycle/registry";
import { ensureSandbox, removeSandbox, sandboxStatus } from "../../sandbox/lifecycle/sandbox";
import { nodePaths, readSpec } from "../../sandbox/node/spec";
import { clientsFor } from "../stacks/kube";
import { needsSandbox } from "../stacks/leftovers";
import { machineState } from "../stacks/machine";
import { TestStack } from "../stacks/stack";

describe("the sandbox", () => {
  before(async function () {
    await needsSandbox(this);
  });

  const requestFor = (name: string) => ({ name, owner: "test", ownerFolder: __dirname });

  it("lives beside others, also one of the same name and addresses whose state is in another folder, and goes alone", async () => {
    const untouched = await machineState();
    const [request, neighbour] = [requestFor("e2e-twice"), requestFor("e2e-neighbour")];
    const { XDG_STATE_HOME } = process.env;
    const home = await mkdtemp(join(tmpdir(), "plano affinity-"));
    const enter = (folder: string): void => void (process.env.XDG_STATE_HOME = join(home, folder));
    try {
      enter("one");
      const one = await ensureSandbox(request, silentProgress);
      await endProcess(sandboxFolder(request.name));
      await waitFor({ subject: "the end of its link", limitMs: 60_000 }, async () =>
        (await machineState()).interfaces.join() === untouched.interfaces.join() ? true : undefined,
      );
      enter("two");
      const two = await ensureSandbox(request, silentProgress);
      assert.equal(two.nodeAddress, one.nodeAddress);
      assert.notEqual((await ensureSandbox(neighbour, silentProgress)).nodeAddress, two.nodeAddress);
      enter("one");
      await assert.rejects(ensureSandbox(request, silentProgress), /^Error: the sandbox e2e-twice cannot have 10\.231\.\d+\.1: /);
      await removeSandbox(request);
      enter("two");
      await removeSandbox(neighbour);
      assert.deepEqual(await sandboxStatus(request.name), { exists: true, running: true });
      assert.equal((await (await clientsFor(two.kubeconfig)).core.listNode()).items.length, 1);
    } finally {
      for (const folder of ["two", "one"]) {
        enter(folder);
        for (const it of [neighbour, request]) await removeSandbox(it);
      }
      if (XDG_STATE_HOME === undefined) delete process.env.XDG_STATE_HOME;
      else process.env.XDG_STATE_HOME = XDG_STATE_HOME;
      await rm(home, { recursive: true });
    }
    assert.deepEqual(await machineState(), untouched);
  });

  describe("that stands", () => {
    const mine = requestFor("e2e-mine");
    const folder = sandboxFolder(mine.name);

    before(() => ensureSandbox(mine, silentProgress));
    after(() => removeSandbox(mine));

    it("refuses a name that another stack has, and says whose it is", async () => {
      const theirs = { ...mine, owner: "another" };
      await assert.rejects(ensureSandbox(theirs, silentProgress), /the sandbox e2e-mine belongs to the stack test of/);
      await assert.rejects(removeSandbox(theirs), /belongs to the stack test/);
      // Its owner's checkout is gone: nobody else could remove it.
      const spec = { ...readSpec(folder), owner: "another", ownerFolder: "/nonexistent" };
      await writeFile(nodePaths(folder).spec, JSON.stringify(spec));
      await ensureSandbox(mine, silentProgress);
      assert.equal(readSpec(folder).owner, mine.owner);
    });

    it("says which part did not start, and what it logged", async () => {
      const pid = await findProcess(folder);
      assert.ok(pid !== undefined);
      process.kill(pid, "SIGKILL");
      await waitFor({ subject: "the end of the node", limitMs: 60_000 }, async () =>
        (await sandboxStatus(mine.name)).running ? undefined : true,
      );
      await writeFile(join(folder, "etcd", "member", "snap", "db"), "not a database");
      await assert.rejects(ensureSandbox(mine, silentProgress), /etcd ended with \S+; its log ends with:\n/);
      assert.match((await sandboxStatus(mine.name)).reason ?? "", /etcd ended/);
    });
  });

  it("leaves nothing when ^C ends the up that makes it", async () => {
    const untouched = await machineState();
    await using stack = await TestStack.create("e2e-ctrl-c");
    const folder = sandboxFolder("e2e-ctrl-c");
    let interrupted: Promise<unknown> | undefined;
    const { code, output } = await stack.pulumiWatched(["up", "--yes", "--skip-preview"], (soFar, pid) => {
      if (!soFar.includes("• sandbox e2e-ctrl-c")) return;
      // As a terminal does: the whole foreground group gets it.
      const interrupt = (): void => void process.kill(-pid, "SIGINT");
      interrupted ??= waitFor({ subject: "the node's process", limitMs: 30_000, intervalMs: 20 }, () => findProcess(folder))
        .then(interrupt)
        .catch((error: unknown) => error);
    });
    assert.ok(interrupted !== undefined, output);
    assert.equal(await interrupted, undefined);
    assert.notEqual(code, 0);
    assert.match(output, /interrupted/);
    assert.ok(!existsSync(folder));
    assert.deepEqual(await machineState(), untouched);
  });
});
