import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { endProcess, findProcess, type ProcessIdentity, saveProcess } from "./node-process";
import { linuxOnly } from "../../lib/testing/skip";
import { scratchPerTest } from "../../lib/testing/scratch";

describe("the process that holds a node", () => {
  let child: ChildProcess;
  let pid: number;
  const scratch = scratchPerTest();

  linuxOnly("there is no /proc");

  beforeEach(async () => {
    child = spawn("/bin/sleep", ["60"], { detached: true });
    await once(child, "spawn");
    pid = child.pid ?? 0;
  });

  afterEach(() => void child.kill("SIGKILL"));

  const saved = async (): Promise<ProcessIdentity> => JSON.parse(await scratch().read("process.json")) as ProcessIdentity;

  it("is found as long as it runs", async () => {
    assert.equal(await findProcess(scratch().folder), undefined);
    await saveProcess(scratch().folder, pid);
    assert.equal(await findProcess(scratch().folder), pid);
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    assert.equal(await findProcess(scratch().folder), undefined);
  });

  it("is ended when it cannot be remembered", async () => {
    const ended = once(child, "exit");
    await assert.rejects(saveProcess(join(scratch().folder, "absent"), pid), { code: "ENOENT" });
    assert.deepEqual(await ended, [null, "SIGKILL"]);
  });

  it("is not mistaken for a later one with its number, of this boot or another, nor found in a file that was cut off", async () => {
    await saveProcess(scratch().folder, pid);
    const identity = await saved();
    for (const content of [{ ...identity, startedAt: "1" }, { ...identity, bootId: "another" }, ""]) {
      await scratch().file("process.json", content === "" ? content : JSON.stringify(content));
      assert.equal(await findProcess(scratch().folder), undefined);
    }
    await endProcess(scratch().folder);
    assert.equal(child.exitCode ?? child.signalCode, null, "a stranger was ended");
  });

  it("is recognised by its start time, whatever its name looks like", async () => {
    const odd = await scratch().file("a) R 1 2", await readFile("/bin/sleep"), 0o755);
    const named = spawn(odd, ["60"]);
    try {
      await once(named, "spawn");
      await saveProcess(scratch().folder, named.pid ?? 0);
      const { startedAt } = await saved();
      await saveProcess(scratch().folder, pid);
      const other = await saved();
      // Both were started within this test, in clock ticks of 10 ms.
      assert.ok(Math.abs(Number(startedAt) - Number(other.startedAt)) < 1_000, `${startedAt}, ${other.startedAt}`);
    } finally {
      named.kill("SIGKILL");
    }
  });

  it("is ended and forgotten; a second time is no error", async () => {
    await saveProcess(scratch().folder, pid);
    await endProcess(scratch().folder);
    assert.equal(child.signalCode ?? (await once(child, "exit"))[1], "SIGKILL");
    assert.equal(existsSync(join(scratch().folder, "process.json")), false);
    await endProcess(scratch().folder);
  });
});
