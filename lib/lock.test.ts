import assert from "node:assert/strict";
import { rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { underLock } from "./lock";
import { skipBecause } from "./testing/skip";
import { scratchPerTest } from "./testing/scratch";

describe("the lock on a folder", () => {
  const scratch = scratchPerTest();
  type Work = (signal: AbortSignal) => Promise<string>;
  const done: Work = async () => "done";
  const take = (folder: string, work: Work = done, onWait = (): void => undefined, signal?: AbortSignal): Promise<string> =>
    underLock(folder, onWait, work, signal);
  /** A folder, with its parent, that do not exist yet. */
  const absent = (): string => join(scratch().folder, "cache", "tool");

  it("lets one in at a time, and tells the others", async () => {
    const events: string[] = [];
    const enter = (name: string, work: () => Promise<unknown>, onWait = (): void => undefined): Promise<string> => {
      const inside: Work = async () => {
        events.push(`${name} enters`);
        await work();
        events.push(`${name} leaves`);
        return name;
      };
      return take(absent(), inside, () => (events.push(`${name} waits`), onWait()));
    };
    let second: Promise<string> | undefined;
    await enter("a", () => new Promise<void>((resolve) => void (second = enter("b", async () => undefined, resolve))));
    await second;
    assert.deepEqual([...new Set(events)], ["a enters", "b waits", "a leaves", "b enters", "b leaves"]);
  });

  it("is given back when the work fails", async () => {
    const failing = take(absent(), () => Promise.reject(new Error("no luck")));
    await assert.rejects(failing, { message: "no luck" });
    assert.equal(await take(absent()), "done");
  });

  it("is in a folder that nobody else may write, whatever the umask", async () => {
    const before = process.umask(0);
    await take(absent()).finally(() => process.umask(before));
    assert.equal((await stat(join(scratch().folder, "cache"))).mode & 0o022, 0);
  });

  it("does not wait for what waiting does not fix", async function () {
    if (process.platform !== "linux") skipBecause(this, "there is no /proc");
    await assert.rejects(take("/proc/planet"), /mkdir '\/proc\/planet\.lock'$/);
  });

  const lost = (folder: string) => ({ message: `${folder} was removed or changed while this run used it; run again` });
  const remove = (folder: string) => rm(join(folder, ".."), { recursive: true });

  for (const [how, lose] of Object.entries({
    removed: remove,
    "taken over": (folder: string) => utimes(`${folder}.lock`, 1, 1),
  })) {
    it(`ends the work when it is ${how}, and says so`, async () => {
      const folder = absent();
      const running = take(folder, async (signal) => {
        await lose(folder);
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("it was ended"))));
      });
      await assert.rejects(running, lost(folder));
      assert.equal(await take(folder), "done");
    });
  }

  it("says so as well when the work has failed first, and is no reason to fail when it has not", async () => {
    const folder = absent();
    const failing = take(folder, () => remove(folder).then(() => Promise.reject(new Error("ENOENT"))));
    await assert.rejects(failing, lost(folder));
    assert.equal(await take(folder, (signal) => remove(folder).then(() => done(signal))), "done");
  });

  it("is not waited for any longer when the run is interrupted", async () => {
    const folder = absent();
    await take(folder, async () => {
      const controller = new AbortController();
      const waiting = take(folder, done, () => controller.abort(), controller.signal);
      await assert.rejects(waiting, { name: "AbortError" });
      return "done";
    });
  });
});
