import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError, run } from "./command";
import { waitFor } from "./wait";
import { scratchPerTest } from "./testing/scratch";

describe("a command", () => {
  const scratch = scratchPerTest("/usr/bin:/bin");
  const sh = (script: string, options = {}) => run("/bin/sh", ["-c", script], options);

  it("gives all that it prints on standard output, however long", async () => {
    assert.equal(await sh("echo one; echo two >&2"), "one\n");
    assert.equal((await sh("head -c 1000000 /dev/zero | tr '\\0' x")).length, 1_000_000);
  });

  it("that fails is quoted so that it can be pasted, with the end of what it said", async () => {
    await assert.rejects(run("/bin/sh", ["-c", "echo 'it'\"'\"'s' over >&2; exit 3", "a b"]), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.exitCode, 3);
      assert.equal(error.commandLine, `/bin/sh -c 'echo '\\''it'\\''"'\\''"'\\''s'\\'' over >&2; exit 3' 'a b'`);
      assert.equal(error.message, `\`${error.commandLine}\` exited with 3:\n  it's over`);
      return true;
    });
  });

  for (const [what, script, message] of [
    ["fails shows the last four lines", "printf '1\\n2\\n3\\n4\\n5\\n6' >&2; exit 1", /exited with 1:\n  3\n  4\n  5\n  6$/],
    ["fails with nothing on standard error shows its standard output", "echo no luck; exit 1", /exited with 1:\n  no luck$/],
    ["fails and says nothing is quoted alone", "exit 1", /exited with 1$/],
    ["is killed says so", "kill -KILL $$", /exited with a signal$/],
  ] as const) {
    it(`that ${what}`, () => assert.rejects(sh(script), message));
  }

  it("that is not installed, or cannot be started, says so", async () => {
    await assert.rejects(
      run("no-such-program", ["--help"]),
      new CommandError("no-such-program --help", null, "", "is not installed"),
    );
    await assert.rejects(run("/", []), /^CommandError: `\/` spawn \/ EACCES$/);
  });

  it("shows each line as it comes, on either stream, the last one also without its end", async () => {
    const lines: string[] = [];
    await sh("echo one; printf 'tw'; sleep 0.02; echo o; printf three", { onLine: (line: string) => lines.push(line) });
    assert.deepEqual(lines, ["one", "two", "three"]);
    lines.length = 0;
    await sh("printf warned >&2", { onLine: (line: string) => lines.push(line) });
    assert.deepEqual(lines, ["warned"]);
  });

  it("is ended with all that it started when the run is interrupted", async () => {
    const pidFile = join(scratch().folder, "pid");
    const controller = new AbortController();
    const running = sh(`/bin/sleep 60 & echo $! > ${pidFile}.part; /bin/mv ${pidFile}.part ${pidFile}; wait`, {
      signal: controller.signal,
    });
    await scratch().written("pid");
    const child = Number(await scratch().read("pid"));
    controller.abort();
    await assert.rejects(running, /^CommandError: `.*` was interrupted$/s);
    await waitFor({ subject: "the child's end", limitMs: 8_000, intervalMs: 10 }, () => (isAlive(child) ? undefined : true));
  });

  it("is not started when the run was interrupted before", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"));
    await assert.rejects(sh(`echo > ${scratch().folder}/started`, { signal }), { message: "interrupted" });
    assert.equal(existsSync(join(scratch().folder, "started")), false);
  });

  it("is ended when it takes too long, with what it had printed", async () => {
    await assert.rejects(sh("echo so far; exec sleep 60", { limitMs: 2_000 }), /was not done after 2 s:\n  so far$/);
  });

  it("runs in the folder and environment that it is given", async () => {
    assert.equal(
      await sh('pwd; echo "$PLANET"', { cwd: scratch().folder, env: { PLANET: "blue" } }),
      `${scratch().folder}\nblue\n`,
    );
  });
});

/** Whether a process runs; one that has ended and waits for its parent to look does not. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !existsSync(`/proc/${pid}/stat`) || !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
}
