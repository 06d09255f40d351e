import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { run } from "../../../lib/command";
import { silentProgress } from "../../../lib/progress";
import { waitFor } from "../../../lib/wait";
import { ensureTools } from "../../../sandbox/toolchain/ensure";
import { listening } from "../../../lib/testing/listening";
import { linuxOnly } from "../../../lib/testing/skip";
import { freePort } from "../../../standin/testing/redis";
import { buildsOf, standInGo } from "../../../sandbox/toolchain/testing/go-stand-in";
import { Scratch } from "../../../lib/testing/scratch";

describe("the tool chain, among several processes", () => {
  linuxOnly("releases are fetched on Linux only");

  /** A separate run that needs one tool; it prints where the tool came from. */
  const program = `
    const { ensureTools } = require(${JSON.stringify(require.resolve("../../../sandbox/toolchain/ensure"))});
    const { silentProgress } = require(${JSON.stringify(require.resolve("../../../lib/progress"))});
    void ensureTools(["coredns"], silentProgress).then(({ coredns }) => process.stdout.write(coredns.origin));`;
  const args = ["--require", require.resolve("tsx/cjs"), "--eval", program];
  const machine = async (build: string): Promise<Scratch> => {
    const scratch = await Scratch.make();
    process.env.PLANO_AFFINITY_RELEASES = `http://127.0.0.1:${await freePort()}`;
    await standInGo(scratch, ["coredns"], { build });
    return scratch;
  };

  it("builds once for runs that begin at once", async () => {
    await using scratch = await machine("sleep 1");
    assert.deepEqual(await Promise.all([1, 2, 3].map(() => run(process.execPath, args))), ["go", "go", "go"]);
    assert.equal(await buildsOf(scratch), 1);
  });

  it("takes over from a run that was killed, and removes what it left", async () => {
    await using scratch = await machine("exec sleep 60");
    const killed = spawn(process.execPath, args, { stdio: "ignore" });
    await waitFor({ subject: "the build", limitMs: 20_000 }, () => buildsOf(scratch));
    const ended = once(killed, "exit");
    killed.kill("SIGKILL");
    await ended;
    process.kill(Number(await scratch.read("pid")));
    const [left] = (await readdir(scratch.tools)).filter((it) => it.startsWith(".making-"));
    assert.ok(left !== undefined, "it left nothing to remove");
    await standInGo(scratch, ["coredns"]);
    assert.equal(await run(process.execPath, args), "go");
    assert.equal(existsSync(join(scratch.tools, left)), false);
  });

  it("does not wait long for a site that never answers", async () => {
    await using scratch = await machine("");
    await using silent = await listening(createServer());
    process.env.PLANO_AFFINITY_RELEASES = silent.url;
    await scratch.program("go", "exit 1");
    const since = performance.now();
    const message = new RegExp(`release: ${silent.address} cannot be reached: no answer within 5 s`);
    await assert.rejects(ensureTools(["coredns"], silentProgress), { message });
    assert.ok(performance.now() - since < 30_000);
  });
});
