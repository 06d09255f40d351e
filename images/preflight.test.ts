import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { checkImages } from ".";
import { Scratch } from "../lib/testing/scratch";
import { type Answer, dockerStandIn } from "./testing/docker-stand-in";

const answering: Answer = { to: "version", stdout: "27.3.1" };
const down: Answer = { to: "version", code: 1, stderr: "Cannot connect to the Docker daemon at unix:///x" };

describe("what is found of images before anything is made", () => {
  interface Case {
    readonly kind?: "kind" | "sandbox" | "existing";
    readonly registry?: string;
    readonly image?: string;
    readonly docker?: Answer;
  }

  /** The findings, or `undefined`; and what Docker was asked. */
  async function check({ kind = "existing", registry, image, docker = answering }: Case) {
    await using scratch = await Scratch.make();
    const calls = await dockerStandIn(scratch, [docker]);
    const message = await checkImages({ kind, gateway: "plano", needsStub: true, image, registry }).then(
      () => undefined,
      (error: unknown) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        return error.message;
      },
    );
    return { message, calls: await calls() };
  }

  it("is nothing, and Docker is not asked, where nothing is built", async () => {
    assert.deepEqual(await check({ docker: down }), { message: undefined, calls: [] });
    assert.deepEqual(await check({ kind: "sandbox", image: "x:1", docker: down }), { message: undefined, calls: [] });
  });

  it("is nothing where Docker answers", async () => {
    assert.equal((await check({ registry: "r.example.com/team/plano" })).message, undefined);
  });

  for (const [key, wishes] of [
    ["cluster", { kind: "kind" }],
    ["registry", { registry: "r.example.com/plano" }],
  ] as const)
    it(`is a Docker that is down, where images are built for the ${key}`, async () => {
      const { message } = await check({ ...wishes, docker: down });
      const expected = new RegExp(`^${key}: images cannot be built: the Docker daemon does not answer → start Docker`);
      assert.match(message ?? "", expected);
    });
});
