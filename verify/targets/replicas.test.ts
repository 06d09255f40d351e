import assert from "node:assert/strict";
import { Unmeasurable } from "../common/errors";
import { connectReplicas } from "./replicas";

const connect = (...urls: readonly string[]) =>
  connectReplicas({ kind: "replicas", replicas: urls.map((url, i) => ({ name: `r${i}`, url })) }, 16);

describe("replicas that the user names", () => {
  for (const [one, other] of [
    ["http://127.0.0.1:12000", "http://0.0.0.0:12000/"],
    ["http://127.0.0.1", "http://127.1:80"],
  ] as const) {
    it(`are one process when ${one} and ${other} are named`, async () => {
      await assert.rejects(connect(one, other), (error: unknown) => {
        assert.ok(error instanceof Unmeasurable);
        assert.match(error.message, /^replicas r0 and r1 are the same process: both lead to 127\.0\.0\.1:(12000|80)$/);
        return true;
      });
    });
  }

  it("are one process when localhost and what it stands for are named", async () => {
    const [v4, v6] = await Promise.allSettled([
      connect("http://localhost:12000", "http://127.0.0.1:12000"),
      connect("http://localhost:12000", "http://[::1]:12000"),
    ]);
    assert.deepEqual([v4?.status, v6?.status].sort(), ["fulfilled", "rejected"]);
  });

  it("may share an address by other names, with other ports or with other paths", async () => {
    const { replicas } = await connect("http://a.test", "http://b.test", "http://127.0.0.1:1", "http://127.0.0.1:2/x");
    assert.equal(replicas.length, 4);
  });
});
