import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { scratchPerTest } from "./testing/scratch";
import { cacheDir, configDir, stateDir } from "./paths";

describe("the folders of a user", () => {
  const scratch = scratchPerTest();
  const defaults = (home: string) =>
    [`${home}/.cache`, `${home}/.config`, `${home}/.local/state`].map((it) => `${it}/plano-affinity`);

  for (const value of [undefined, "", "relative", "./here", "~/.cache"])
    it(`are the usual ones, ignoring variables that are ${JSON.stringify(value)}`, async () => {
      for (const it of ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"])
        if (value === undefined) delete process.env[it];
        else process.env[it] = value;
      assert.deepEqual([cacheDir(), configDir(), stateDir()], defaults(scratch().folder));
      // Never the folder that a command happens to be run in.
      for (process.env.HOME of ["", "."]) assert.deepEqual([cacheDir(), configDir(), stateDir()], defaults(userInfo().homedir));
    });

  it("cannot be written by others, whatever the umask", async () => {
    const program = `require("node:fs").mkdirSync(require(${JSON.stringify(join(__dirname, "paths.ts"))}).cacheDir(), { recursive: true })`;
    const make = [process.execPath, "--require", "tsx/cjs", "--eval", program];
    const { status } = spawnSync("/bin/sh", ["-c", 'umask 000; exec "$@"', "sh", ...make], { cwd: join(__dirname, "..") });
    assert.equal(status, 0);
    for (const it of ["cache", "cache/plano-affinity"])
      assert.equal((await stat(join(scratch().folder, it))).mode & 0o022, 0, it);
  });

  it("are where the variables say", async () => {
    Object.assign(process.env, { XDG_CACHE_HOME: "/a", XDG_CONFIG_HOME: "/b", XDG_STATE_HOME: "/c" });
    assert.deepEqual([cacheDir(), configDir(), stateDir()], ["/a/plano-affinity", "/b/plano-affinity", "/c/plano-affinity"]);
  });
});
