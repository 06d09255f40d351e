import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createKind } from "../../../clusters/kind/create";
import { nodeImage } from "../../../clusters/kind/config";
import { silentProgress } from "../../../lib/progress";
import { ensureTools } from "../../../sandbox/toolchain/ensure";
import { Scratch } from "../../../lib/testing/scratch";
import { skipBecause } from "../../../lib/testing/skip";
import { request } from "./kind-machine";

/** Docker as far as kind needs it to start a node's container, which is where it ends: no image can be had. */
const docker = `
for word in "$@"; do printf '%s\\037' "$word" >> "$HOME/calls"; done
echo >> "$HOME/calls"
case "$1" in
  info) echo '{"CgroupDriver":"systemd","CgroupVersion":"2","MemoryLimit":true,"PidsLimit":true,"CPUShares":true,"SecurityOptions":[]}' ;;
  network) echo 0123456789ab ;;
  run) echo 'docker: Error response from daemon: failed to set up container networking: driver failed programming external connectivity on endpoint demo-control-plane: Bind for 127.0.0.1:16686 failed: port is already allocated' >&2; exit 125 ;;
esac`;

describe("kind itself, with a recording stand-in for docker", function () {
  this.timeout(180_000);

  const { XDG_CACHE_HOME = join(homedir(), ".cache") } = process.env;
  let scratch: Scratch;

  before(async function () {
    await ensureTools(["kind"], silentProgress).catch((error: unknown) =>
      skipBecause(this, `kind cannot be had here: ${error instanceof Error ? error.message : String(error)}`),
    );
  });
  beforeEach(async () => {
    scratch = await Scratch.make(process.env.PATH);
    await scratch.program("docker", docker);
    // The tools stay where they are; everything else that is written is the test's own.
    Object.assign(process.env, { XDG_CACHE_HOME, KUBECONFIG: join(scratch.folder, "mine") });
  });
  afterEach(() => scratch[Symbol.asyncDispose]());

  it("asks Docker for what the configuration means, and its refusal is understood", async () => {
    await assert.rejects(createKind(request, silentProgress), {
      message:
        /: kind publishes .* another program listens at one of them \(.*\)\.\n {2}→ .*\n {2}kind said:\n[^]*127\.0\.0\.1:16686 failed/,
    });
    const calls = (await scratch.read("calls")).split("\n").map((it) => it.split("\u001f").slice(0, -1));
    const run = calls.find((it) => it[0] === "run") ?? [];
    assert.deepEqual(
      run.filter((it) => it.startsWith("--publish=") && !it.endsWith(":6443/TCP")),
      ["--publish=127.0.0.1:32000:32000/TCP", "--publish=127.0.0.1:16686:31686/TCP"],
    );
    assert.equal(run.at(-1), nodeImage);
    // What our own questions go by.
    assert.equal(run[run.indexOf("--name") + 1], "demo-control-plane");
    for (const label of ["io.x-k8s.kind.cluster=demo", "io.x-k8s.kind.role=control-plane"]) assert.ok(run.includes(label), label);
    assert.equal(existsSync(join(scratch.folder, "mine")), false);
  });
});
