import assert from "node:assert/strict";
import { join } from "node:path";
import { underLock } from "../../../sandbox/toolchain/lock";
import { skipBecause } from "../../skip";
import { Scratch } from "./scratch";

describe("the lock on a folder", () => {
  const work = async (): Promise<string> => "done";

  it("lets one in at a time, and tells the others", async () => {
    await using scratch = await Scratch.make();
    const folder = join(scratch.folder, "not", "there");
    const events: string[] = [];
    const enter = (name: string) =>
      underLock(
        folder,
        () => events.push(`${name} waits`),
        async () => {
          events.push(`${name} enters`);
          await new Promise((resolve) => setTimeout(resolve, 20));
          events.push(`${name} leaves`);
        },
      );
    await Promise.all([enter("a"), enter("a")]);
    assert.deepEqual(events, ["a enters", "a waits", "a leaves", "a enters", "a leaves"]);
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
