import assert from "node:assert/strict";
import { Scratch } from "../../lib/testing/scratch";
import { type Answer, DockerStandIn } from "./docker-stand-in";

export const digest = `sha256:${"ab".repeat(32)}`;
export const reference = "registry.example.com/team/plano:standin-1";

/** Runs a step against a `docker` with these answers, and gives back what it was asked. */
export async function against<T>(answers: readonly Answer[], step: () => Promise<T>): Promise<{ result: T; calls: string[][] }> {
  await using scratch = await Scratch.make();
  const docker = await DockerStandIn.install(scratch, answers);
  const result = await step();
  return { result, calls: (await docker.calls()).map((it) => [...it]) };
}

/** The message with which a step fails. */
export async function failure(answer: Omit<Answer, "to">, step: () => Promise<unknown>): Promise<string> {
  const { result } = await against([{ to: "", code: 1, ...answer }], () =>
    step().then(
      () => assert.fail("it did not fail"),
      (error: unknown) => {
        assert.equal((error as Error).name, "DockerError");
        return (error as Error).message;
      },
    ),
  );
  return result;
}
