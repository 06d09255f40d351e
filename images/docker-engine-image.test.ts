import assert from "node:assert/strict";
import { labelsOf, tag, untag } from "./docker";
import { against, failure } from "./testing/docker-steps";

describe("an image of the engine", () => {
  it("has labels, or none, or is not there", async () => {
    const ask = () => labelsOf("x:1");
    const { result, calls } = await against([{ to: "image inspect", stdout: '{"a":"b"}' }], ask);
    assert.deepEqual(result, { a: "b" });
    assert.deepEqual(calls, [["image", "inspect", "--format", "{{json .Config.Labels}}", "x:1"]]);
    assert.deepEqual((await against([{ to: "image inspect", stdout: "null" }], ask)).result, {});
    const gone = { to: "image inspect", code: 1, stderr: "Error: No such image: x:1" };
    assert.equal((await against([gone], ask)).result, undefined);
    assert.match(await failure({ stderr: "Cannot connect to the Docker daemon" }, ask), /does not answer/);
  });

  it("gets and loses names", async () => {
    const { calls } = await against([], async () => {
      await tag("x:1", "y:1");
      await untag("y:1");
    });
    assert.deepEqual(calls, [
      ["tag", "x:1", "y:1"],
      ["image", "rm", "y:1"],
    ]);
  });

  it("may be gone when it is removed, but not in use", async () => {
    await against([{ to: "image rm", code: 1, stderr: "Error: No such image: y:1" }], () => untag("y:1"));
    const used = "Error response from daemon: conflict: unable to remove repository reference";
    assert.match(await failure({ stderr: used }, () => untag("y:1")), /could not be removed:\n {4}.*conflict/);
  });
});
