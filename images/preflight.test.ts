import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkImages } from ".";
import type { ImageWishes } from "./plan";
import { Scratch } from "../lib/testing/scratch";
import { type Answer, dockerStandIn } from "./testing/docker-stand-in";

const answering: Answer = { to: "version", stdout: "27.3.1" };
const down: Answer = { to: "version", code: 1, stderr: "Cannot connect to the Docker daemon at unix:///x" };

describe("what is found of images before anything is made", () => {
  /** The finding, or `undefined`; and what Docker was asked. */
  async function check(wishes: Partial<Pick<ImageWishes, "kind" | "registry" | "image">>, docker = answering) {
    await using scratch = await Scratch.make();
    const calls = await dockerStandIn(scratch, [docker]);
    const given = { kind: "existing", gateway: "plano", needsStub: true, image: undefined, registry: undefined } as const;
    const message = await checkImages({ ...given, ...wishes }).then(
      () => undefined,
      (error: unknown) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        return error.message;
      },
    );
    return { message, calls: await calls() };
  }

  it("is nothing, and Docker is not asked, where nothing is built", async () => {
    assert.deepEqual(await check({}, down), { message: undefined, calls: [] });
    assert.deepEqual(await check({ kind: "sandbox", image: "x:1" }, down), { message: undefined, calls: [] });
  });

  for (const [key, wishes] of [
    ["cluster", { kind: "kind" }],
    ["registry", { registry: "r.example.com/plano" }],
  ] as const)
    it(`is a Docker that is down, where images are built for the ${key}, and nothing where it answers`, async () => {
      const { message } = await check(wishes, down);
      const expected = new RegExp(`^${key}: images cannot be built: the Docker daemon does not answer → start Docker`);
      assert.match(message ?? "", expected);
      assert.equal((await check(wishes)).message, undefined);
    });
});
