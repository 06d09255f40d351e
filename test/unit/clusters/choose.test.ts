import assert from "node:assert/strict";
import { chooseCluster, type Machine, thisMachine } from "../../../clusters/choose";

describe("the cluster of a stack", () => {
  const linuxRoot: Machine = { platform: "linux", root: true };
  const linuxUser: Machine = { platform: "linux", root: false };
  const mac: Machine = { platform: "darwin", root: false };
  const waysOut =
    "  → run as root on Linux (a virtual machine will do)\n" +
    "  → pulumi config set cluster existing, to use the cluster of your kubeconfig";
  const refuses = (wanted: "auto" | "sandbox" | "kind", machine: Machine, message: string): void =>
    assert.throws(() => chooseCluster(wanted, machine), { name: "Error", __pulumiRunError: true, message });

  it("is the sandbox on Linux as root, chosen or by itself", () => {
    assert.equal(chooseCluster("auto", linuxRoot), "sandbox");
    assert.equal(chooseCluster("sandbox", linuxRoot), "sandbox");
  });

  it("is an existing one wherever that is asked for", () => {
    for (const machine of [linuxRoot, linuxUser, mac]) assert.equal(chooseCluster("existing", machine), "existing");
  });

  it("cannot be the sandbox without root, or elsewhere than on Linux", () => {
    for (const wanted of ["auto", "sandbox"] as const) {
      refuses(
        wanted,
        linuxUser,
        `cluster: the sandbox needs Linux and root, and this user is not root. Two ways out:\n${waysOut}`,
      );
      refuses(wanted, mac, `cluster: the sandbox needs Linux and root, and this is darwin. Two ways out:\n${waysOut}`);
      refuses(
        wanted,
        { platform: "darwin", root: true },
        `cluster: the sandbox needs Linux and root, and this is darwin. Two ways out:\n${waysOut}`,
      );
    }
  });

  it("cannot be made with kind yet", () => {
    for (const machine of [linuxRoot, linuxUser, mac]) {
      refuses(
        "kind",
        machine,
        "cluster: kind is not supported yet.\n  → pulumi config set cluster existing (with kind's context), or sandbox on Linux as root",
      );
    }
  });

  it("goes by this machine when it is not told of another", () => {
    assert.deepEqual(thisMachine(), { platform: process.platform, root: process.getuid?.() === 0 });
  });
});
