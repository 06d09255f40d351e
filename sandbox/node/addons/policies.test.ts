import assert from "node:assert/strict";
import { whyUnenforceable } from "./policies";
import { Scratch } from "../../../lib/testing/scratch";

describe("network policies of the sandbox", () => {
  /** An iptables and an ipset that write down what they are asked, and fail as they are told to. */
  async function asked({ iptables = "", ipset = "" }): Promise<{ readonly why: string | undefined; readonly calls: string[] }> {
    await using scratch = await Scratch.make();
    const log = `${scratch.folder}/asked`;
    const tools = {
      iptables: await scratch.program("iptables", `echo iptables "$@" >> ${log}; ${iptables}`),
      ipset: await scratch.program("ipset", `echo ipset "$@" >> ${log}; ${ipset}`),
    };
    const why = await whyUnenforceable({ tools });
    return { why: why?.replaceAll(scratch.folder, "…"), calls: (await scratch.read("asked")).trim().split("\n") };
  }

  it("can be enforced where the kernel has every part of a rule; the check leaves nothing", async () => {
    const { why, calls } = await asked({});
    assert.equal(why, undefined);
    assert.equal(calls[0], "ipset create PLANO-PROBE hash:ip");
    assert.equal(calls[1], "iptables --new-chain PLANO-PROBE");
    assert.ok(calls.some((it) => it.includes("--match-set PLANO-PROBE src")));
    assert.deepEqual(calls.slice(-3), [
      "iptables --flush PLANO-PROBE",
      "iptables --delete-chain PLANO-PROBE",
      "ipset destroy PLANO-PROBE",
    ]);
  });

  it("cannot where the kernel knows no sets", async () => {
    const { why, calls } = await asked({
      ipset: 'echo "ipset v7.17: Kernel error received: Operation not supported" >&2; exit 1',
    });
    assert.match(why ?? "", /^`…\/bin\/ipset create PLANO-PROBE hash:ip` exited with 1: ipset v7\.17: Kernel error received/);
    assert.ok(!(why ?? "").includes("\n"));
    assert.equal(calls.at(-1), "ipset destroy PLANO-PROBE");
  });

  it("cannot where a match is missing, and the chain is taken away again", async () => {
    const { why, calls } = await asked({
      iptables: 'case "$*" in *physdev*) echo "No chain/target/match by that name." >&2; exit 1;; esac',
    });
    assert.match(why ?? "", /--physdev-is-bridged .* exited with 1: No chain\/target\/match by that name\.$/);
    assert.deepEqual(calls.slice(-2), ["iptables --delete-chain PLANO-PROBE", "ipset destroy PLANO-PROBE"]);
  });
});
