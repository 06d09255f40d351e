import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { startDns } from "./dns";
import { networkOf, type NodeSpec } from "../spec";
import type { Supervisor } from "../supervise";
import { Scratch } from "../../../lib/testing/scratch";

describe("the name service of the sandbox", () => {
  it("finds its kubeconfig, also below a folder with a space", async () => {
    await using scratch = await Scratch.make();
    const folder = `${scratch.folder}/my clusters/planet`;
    await mkdir(`${folder}/config`, { recursive: true });
    const started: string[] = [];
    const spec = { folder, network: networkOf(0), tools: {} } as unknown as NodeSpec;
    const start: Supervisor["start"] = async (name, args) => void started.push(name, ...args);
    await startDns({ spec, start } as unknown as Supervisor);
    const corefile = `${folder}/config/Corefile`;
    assert.deepEqual(started, ["coredns", "-conf", corefile, "-pidfile", `${folder}/config/coredns.pid`]);
    assert.match(await scratch.read("my clusters/planet/config/Corefile"), /^ +kubeconfig "\/.*\/my clusters\/.*\/kubeconfig"$/m);
  });
});
