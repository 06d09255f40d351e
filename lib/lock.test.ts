import assert from "node:assert/strict";
import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { underLock } from "./lock";
import { skipBecause } from "./testing/skip";
import { Scratch } from "./testing/scratch";

describe("the lock on a folder", () => {
  const work = async (): Promise<string> => "done";

  it("lets one in at a time, and tells the others", async () => {
    await using scratch = await Scratch.make();
    const folder = join(scratch.folder, "not", "there");
    const events: string[] = [];
    const enter = (name: string, work: () => Promise<void>, tell = () => {}): Promise<void> =>
      underLock(
        folder,
        () => {
          events.push(`${name} waits`);
          tell();
        },
        async () => {
          events.push(`${name} enters`);
          await work();
          events.push(`${name} leaves`);
        },
      );
    let second: Promise<void> | undefined;
    const untilAnotherWaits = (): Promise<void> =>
      new Promise((resolve) => {
        second = enter("b", async () => undefined, resolve);
      });
    await enter("a", untilAnotherWaits);
    await second;
    assert.deepEqual([...new Set(events)], ["a enters", "b waits", "a leaves", "b enters", "b leaves"]);
  });

  it("is given back when the work fails", async () => {
    await using scratch = await Scratch.make();
    const folder = join(scratch.folder, "tool");
    await assert.rejects(
      underLock(
        folder,
        () => undefined,
        () => Promise.reject(new Error("no luck")),
      ),
      { message: "no luck" },
    );
    assert.equal(await underLock(folder, () => undefined, work), "done");
  });

  it("does not wait for what waiting does not mend", async function () {
    if (process.platform !== "linux") skipBecause(this, "there is no /proc");
    await assert.rejects(
      underLock("/proc/planet", () => undefined, work),
      /mkdir '\/proc\/planet\.lock'$/,
    );
  });

  /** Work that goes on until its signal ends it. */
  const untilEnded = (signal: AbortSignal): Promise<string> =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("it was ended"))));
  const lost = (folder: string) => ({
    message: `${folder} was removed or changed while this run used it; run again`,
  });

  for (const [how, lose] of Object.entries({
    removed: (folder: string) => rm(join(folder, ".."), { recursive: true }),
    "taken over": (folder: string) => utimes(`${folder}.lock`, 1, 1),
  })) {
    it(`ends the work when it is ${how}, and says so`, async () => {
      await using scratch = await Scratch.make();
      const folder = join(scratch.folder, "cache", "tool");
      const running = underLock(
        folder,
        () => undefined,
        async (signal) => {
          await lose(folder);
          return untilEnded(signal);
        },
      );
      await assert.rejects(running, lost(folder));
      assert.equal(await underLock(folder, () => undefined, work), "done");
    });
  }

  it("says so as well when the work has failed first, and is no reason to fail when it has not", async () => {
    await using scratch = await Scratch.make();
    const folder = join(scratch.folder, "cache", "tool");
    const remove = () => rm(join(folder, ".."), { recursive: true });
    const failing = underLock(
      folder,
      () => undefined,
      () => remove().then(() => Promise.reject(new Error("ENOENT"))),
    );
    await assert.rejects(failing, lost(folder));
    assert.equal(
      await underLock(
        folder,
        () => undefined,
        () => remove().then(work),
      ),
      "done",
    );
  });

  it("is not waited for any longer when the run is interrupted", async () => {
    await using scratch = await Scratch.make();
    const folder = join(scratch.folder, "tool");
    await underLock(
      folder,
      () => undefined,
      async () => {
        const controller = new AbortController();
        await assert.rejects(
          underLock(folder, () => controller.abort(), work, controller.signal),
          { name: "AbortError" },
        );
      },
    );
  });
});
