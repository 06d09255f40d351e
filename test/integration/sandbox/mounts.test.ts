import assert from "node:assert/strict";
import { join } from "node:path";
import { run } from "../../../lib/command";
import { linuxOnly } from "../../../lib/testing/skip";
import { Scratch } from "../../../lib/testing/scratch";

const node = join(__dirname, "..", "..", "..", "sandbox", "node");

describe("what a node sees of its machine", () => {
  linuxOnly("mount namespaces need Linux and root", true);

  /** Runs a script where a node has made its mounts; `before` runs before them, on a machine with these folders empty. */
  async function inNode({ before = "", keepVisible = [] as readonly string[], after = "" }): Promise<string[]> {
    // Below /tmp, which the node covers.
    await using scratch = await Scratch.make(process.env.PATH);
    await scratch.file("state/volumes/volume", "");
    const spec = { folder: join(scratch.folder, "state"), keepVisible: [scratch.folder, ...keepVisible] };
    const program = await scratch.file(
      "mounts.ts",
      `import { coverHostFolders } from ${JSON.stringify(join(node, "mounts"))};
       import { coverKernelSettings } from ${JSON.stringify(join(node, "mounts"))};
       void coverHostFolders(${JSON.stringify(spec)} as never).then(coverKernelSettings);`,
    );
    const script = `set -e; for it in /mnt /run /var/lib; do mount -t tmpfs tmpfs $it; done
      ${before}
      "$1" --require "$2" "$3"
      ${after}`;
    const enter = ["--mount", "--propagation", "private", "--", "sh", "-c", script, "sh"];
    const output = await run("unshare", [...enter, process.execPath, require.resolve("tsx/cjs"), program]);
    return output.trim().split("\n");
  }

  it("is what it needs, wherever that is, and nothing else of the folders that it covers", async () => {
    const seen = ["/mnt/c/checkout/index.ts", "/mnt/link/library", "/run/my tools/bin/tool", "/var/lib/planet/lib/library"];
    const hidden = ["/run/other", "/var/lib/planet/other"];
    const list = (files: readonly string[]): string => files.map((it) => `"${it}"`).join(" ");
    const output = await inNode({
      before: `mkdir -p /mnt/c/checkout "/run/my tools/bin" /var/lib/planet/lib
        ln -s /var/lib/planet/lib /mnt/link
        touch ${list([...seen, ...hidden])}`,
      keepVisible: ["/mnt/c/checkout", "/mnt/link", "/run/my tools", "/run/my tools/bin"],
      after: `for it in ${list([...seen, ...hidden])} /tmp/hostpath_pv/volume; do [ ! -e "$it" ] || echo "$it"; done`,
    });
    assert.deepEqual(output, [...seen, "/tmp/hostpath_pv/volume"]);
  });

  it("has the kernel's settings as the kubelet wants them, and not those of the machine", async () => {
    const output = await inNode({
      after:
        "cd /proc/sys; cat vm/overcommit_memory kernel/panic kernel/panic_on_oops; grep -c ' /proc/sys/' /proc/self/mountinfo",
    });
    assert.deepEqual(output, ["1", "10", "1", "6"]);
  });
});
