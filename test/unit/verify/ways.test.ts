import assert from "node:assert/strict";
import type { ReadyPod } from "../../../verify/targets/pods";
import { GonePods } from "../../../verify/targets/kubernetes/gone-pods";
import { Ways } from "../../../verify/targets/kubernetes/ways";
import { Tunnel } from "../../../verify/targets/tunnel";

const podOf = (uid: string): ReadyPod => ({ name: uid, uid, restarts: 0, podIp: undefined, hostIp: undefined });

describe("ways to pods", () => {
  it("are closed when the pod is gone, each but once, and the others stay", async () => {
    const closed: string[] = [];
    const tunnel = async (pod: string): Promise<Tunnel> => {
      const open = await Tunnel.listen(() => Promise.reject(new Error("nobody is there")));
      const dispose = open[Symbol.asyncDispose].bind(open);
      return Object.assign(open, { [Symbol.asyncDispose]: () => (closed.push(pod), dispose()) });
    };
    await using ways = new Ways({ isInside: false, tunnel });
    const [first, second] = [await ways.to(podOf("a"), 1), await ways.to(podOf("b"), 1), await ways.to(podOf("a"), 2)];
    await ways.close("a");
    await ways.close("a");
    assert.deepEqual(closed, ["a", "a"]);
    assert.equal(await ways.to(podOf("b"), 1), second);
    assert.notEqual(await ways.to(podOf("a"), 1), first);
  });

  it("count a pod as gone that was seen on its way out and is listed no more, not one of a list that is older", () => {
    const gone = new GonePods();
    const look = (...uids: string[]) => uids.map((uid) => ({ uid: uid.replace("!", ""), leaving: uid.endsWith("!") })); // prettier-ignore
    assert.deepEqual(gone.take(look("a", "b!")), []);
    assert.deepEqual(gone.take(look("a!", "b!", "c")), []);
    assert.deepEqual(gone.take(look("a!")), ["b"]);
    assert.deepEqual(gone.take(look("c")), ["a"]);
    assert.deepEqual(gone.take(look("c")), []);
  });
});
