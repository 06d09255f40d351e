import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { projectFolder } from "../commands/main";
import { runStage, split, type Stage } from "./test-stages";
import { Scratch } from "../lib/testing/scratch";

describe("a stage of the tests", () => {
  /** One with a single test, which leaves its process id and does not end. */
  async function hanging(scratch: Scratch): Promise<Stage> {
    await mkdir(join(scratch.folder, "tmp"));
    process.env.TMPDIR = join(scratch.folder, "tmp");
    const pid = JSON.stringify(join(scratch.folder, "pid"));
    await scratch.file(
      "stage/hanging.test.ts",
      `it("hangs", async () => {
        require("node:fs").writeFileSync(${pid}, String(process.pid));
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      });`,
    );
    return { folder: relative(projectFolder, join(scratch.folder, "stage")), timeoutMs: 60_000, needsTools: false };
  }

  it("is ended when the run is interrupted, with what comes before it, and leaves nothing", async () => {
    await using scratch = await Scratch.make();
    const stage = await hanging(scratch);
    const controller = new AbortController();
    const before = new Promise((_, reject) =>
      controller.signal.addEventListener("abort", () => reject(controller.signal.reason as Error)),
    );
    before.catch(() => undefined);
    const running = runStage("hanging", stage, process.env, controller.signal, before);
    await scratch.written("pid");
    const pid = Number(await scratch.read("pid"));
    controller.abort(new Error("interrupted"));
    await assert.rejects(running, { message: "interrupted" });
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
    const left = await readdir(join(scratch.folder, "tmp"));
    assert.deepEqual(
      left.filter((it) => !it.startsWith("tsx-")),
      [],
    );
  });

  it("does not begin after the run was interrupted", async () => {
    await using scratch = await Scratch.make();
    const stage = await hanging(scratch);
    const signal = AbortSignal.abort(new Error("interrupted"));
    const before = new Promise(() => undefined);
    await assert.rejects(runStage("hanging", stage, process.env, signal, before), { message: "interrupted" });
    assert.equal(existsSync(join(scratch.folder, "pid")), false);
  });

  it("is split into lanes by the longest beginning of a path", () => {
    const stage = { folder: "test/x", timeoutMs: 1, needsTools: false, lanes: [["verify/"], ["verify/slow", "redis/"]] };
    const files = ["redis/a.test.ts", "top.test.ts", "verify/a.test.ts", "verify/slow.test.ts", "verifying/a.test.ts"];
    assert.deepEqual(split(files, stage), [
      ["test/x/top.test.ts", "test/x/verifying/a.test.ts"],
      ["test/x/verify/a.test.ts"],
      ["test/x/redis/a.test.ts", "test/x/verify/slow.test.ts"],
    ]);
    assert.throws(() => split(["redis/a.test.ts"], stage), { message: "test/x has no tests in verify/slow, verify/" });
  });
});
