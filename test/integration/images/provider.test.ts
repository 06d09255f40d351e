import assert from "node:assert/strict";
import { operate } from "../../../lib/dynamic/operate";
import { type Answer, dockerStandIn } from "../../../images/testing/docker-stand-in";
import { Scratch } from "../../../lib/testing/scratch";

const program = "images/built-image-provider.ts";
const digest = `sha256:${"cd".repeat(32)}`;
const image = { target: "plano", planoVersion: "0.4.27", inputs: "abc" };
const pushed = { ...image, repository: "r.example.com/team/plano" };
const [local, remote] = ["plano-affinity/plano:abc", "r.example.com/team/plano:plano-abc"];

const answering: Answer = { to: "version", stdout: "27.3.1" };
const down: Answer = { to: "", code: 1, stderr: "Cannot connect to the Docker daemon at unix:///x" };
const ours: Answer = { to: "image inspect", stdout: '{"plano-affinity.inputs":"abc"}' };
const gone: Answer = { to: "image inspect", code: 1, stderr: "Error: No such image" };
const notInRegistry: Answer = { to: "manifest", code: 1, stderr: "no such manifest: x" };
const pushes: Answer = { to: "push", stdout: `plano-abc: digest: ${digest} size: 5` };

/** What built-image.test.ts does not show with a real engine. */
describe("the steps of an image's resource, against a stand-in for docker", () => {
  /** Runs an operation in a process of its own; `commands` are its calls without their options. */
  async function run(operation: string, inputs: object, answers: readonly Answer[]) {
    await using scratch = await Scratch.make();
    const told = await dockerStandIn(scratch, answers);
    const result = await operate(program, operation, inputs).catch((error: unknown) => error as Error);
    const calls = await told();
    return { result, calls, commands: calls.map(([command, ...rest]) => `${command} ${rest.at(-1)}`) };
  }

  it("build what is not there, or is somebody else's under the name, with Plano's version", async () => {
    for (const found of [gone, { to: "image inspect", stdout: "{}" }]) {
      const { result, calls } = await run("make", image, [found]);
      assert.deepEqual(result, { reference: local });
      const [, build, ...more] = calls;
      assert.equal(build?.[0], "build");
      assert.ok(build?.includes("PLANO_VERSION=0.4.27") && build.includes("plano-affinity.inputs=abc"));
      assert.deepEqual(more, []);
    }
  });

  it("look, build, name and push, in this order", async () => {
    const { result, commands } = await run("make", pushed, [notInRegistry, { to: "info", stdout: "{}" }, gone, pushes]);
    assert.deepEqual(result, { reference: `r.example.com/team/plano@${digest}` });
    const [look, ask, inspect, build, tag, push, ...more] = commands;
    assert.deepEqual([look, ask, inspect], [`manifest ${remote}`, "info {{json .RegistryConfig}}", `image ${local}`]);
    assert.match(build ?? "", /^build /);
    assert.deepEqual([tag, push, more], [`tag ${remote}`, `push ${remote}`, []]);
  });

  it("push an index again, for its digest is told then", async () => {
    const { commands } = await run("make", pushed, [{ to: "manifest", stdout: "[]" }, ours, pushes]);
    assert.deepEqual(commands, [`manifest ${remote}`, `image ${local}`, `tag ${remote}`, `push ${remote}`]);
  });

  it("take a Docker that is down for no change, and for nothing to remove", async () => {
    assert.deepEqual((await run("local", image, [down])).result, { exists: true });
    assert.deepEqual((await run("remove", image, [down])).result, {});
  });

  it("remove both names that they gave, and none of somebody else's", async () => {
    const { commands } = await run("remove", pushed, [answering, ours]);
    assert.deepEqual(
      commands.filter((it) => !it.startsWith("version")),
      [`image ${local}`, `image ${local}`, `image ${remote}`, `image ${remote}`, "image label=plano-affinity.inputs=abc"],
    );
    const foreign = await run("remove", pushed, [
      answering,
      { to: "image inspect", stdout: '{"plano-affinity.inputs":"other"}' },
    ]);
    assert.ok(foreign.calls.every(([, second]) => second !== "rm"));
  });
});
