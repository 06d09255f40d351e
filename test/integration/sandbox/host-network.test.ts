import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readlink } from "node:fs/promises";
import { run } from "../../../lib/command";
import { waitFor } from "../../../lib/wait";
import { connectNode, removeLink } from "../../../sandbox/lifecycle/host-network";
import { networkOf } from "../../../sandbox/node/spec";
import { linuxOnly } from "../../../lib/testing/skip";
import { Scratch } from "../../../lib/testing/scratch";

/** A network namespace, until it is disposed of. */
async function network() {
  const child = spawn("unshare", ["--net", "sleep", "60"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  const ours = await readlink("/proc/self/ns/net");
  await waitFor({ subject: "the network", limitMs: 5_000, intervalMs: 5 }, async () =>
    (await readlink(`/proc/${pid}/ns/net`)) === ours ? undefined : true,
  );
  return { pid, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

describe("the link of a sandbox", () => {
  linuxOnly("network namespaces need Linux and root", true);

  it("is never taken, nor removed, by another sandbox of the same index", async () => {
    using machine = await network();
    using first = await network();
    using second = await network();
    await using scratch = await Scratch.make(process.env.PATH);
    // Another machine, as far as links go.
    const ip = await scratch.program("ip", `PATH=$PATH:/usr/sbin:/sbin exec nsenter --net --target=${machine.pid} ip "$@"`);
    const sandbox = (id: string) => ({ name: "planet", id, index: 7, network: networkOf(7), tools: { ip } });
    const [mine, other] = [sandbox("mine"), sandbox("other")];
    const links = async () => (await run(ip, ["-oneline", "link", "show"])).match(/plano\d+(?=@)/g);

    await connectNode(mine, first.pid);
    assert.deepEqual(await links(), ["plano7"]);
    await removeLink(other);
    await assert.rejects(connectNode(other, second.pid), {
      message:
        "the sandbox planet cannot have 10.231.7.1: another sandbox of this machine has it (link plano7), whose state is in another folder.\n" +
        "Run `npm run pulumi -- destroy` there, or here: the next `up` makes this one anew, with other addresses.",
    });
    assert.match(await run(ip, ["address", "show", "plano7"]), /inet 10\.231\.7\.1\/30/);

    // The same one again, whose last link has not gone yet.
    await connectNode(mine, second.pid);
    await removeLink(mine);
    assert.equal(await links(), null);

    // Made by an earlier version: whose it is cannot be told.
    await run(ip, ["link", "add", "plano7", "type", "veth", "peer", "name", "eth0", "netns", String(first.pid)]);
    await removeLink(mine);
    assert.deepEqual(await links(), ["plano7"]);
  });
});
