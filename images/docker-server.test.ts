import assert from "node:assert/strict";
import { dockerServer } from "./docker";
import { Scratch } from "../lib/testing/scratch";
import { type Answer } from "./testing/docker-stand-in";
import { against } from "./testing/docker-steps";

describe("the Docker server", () => {
  it("is asked for its version", async () => {
    const { result, calls } = await against([{ to: "version", stdout: "27.3.1" }], () => dockerServer());
    assert.deepEqual(result, { answers: true, version: "27.3.1" });
    assert.deepEqual(calls, [["version", "--format", "{{.Server.Version}}"]]);
  });

  it("does not answer where there is no docker", async () => {
    await using scratch = await Scratch.make();
    void scratch;
    const server = await dockerServer();
    assert.deepEqual(server, {
      answers: false,
      reason: "there is no docker on PATH → install Docker (https://docs.docker.com/get-docker/)",
    });
  });

  const silent: readonly { readonly name: string; readonly answer: Omit<Answer, "to">; readonly reason: RegExp }[] = [
    {
      name: "where the daemon is down",
      answer: {
        code: 1,
        stderr: "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
      },
      reason: /^the Docker daemon does not answer → start Docker/,
    },
    {
      name: "where Docker Desktop is down",
      answer: {
        code: 1,
        stderr:
          "failed to connect to the docker API at unix:///home/x/.docker/run/docker.sock; check if the path is correct and if the daemon is running: dial unix: connect: no such file or directory",
      },
      reason: /^the Docker daemon does not answer → start Docker/,
    },
    {
      name: "to a user who may not use the socket",
      answer: {
        code: 1,
        stderr:
          "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied",
      },
      reason: /^this user may not use Docker's socket → sudo usermod -aG docker/,
    },
    { name: "when it has no version to tell", answer: { stdout: "" }, reason: /^the Docker daemon does not answer/ },
    { name: "in words that nobody knows", answer: { code: 7, stderr: "flux capacitor" }, reason: /^flux capacitor$/ },
  ];
  for (const { name, answer, reason } of silent) {
    it(`does not answer ${name}`, async () => {
      const { result } = await against([{ to: "", ...answer }], () => dockerServer());
      assert.ok(!result.answers);
      assert.match(result.reason, reason);
    });
  }

  it("has five seconds", async function () {
    this.timeout(10_000);
    const started = performance.now();
    const { result } = await against([{ to: "", stdout: "27.3.1", afterSeconds: 30 }], () => dockerServer());
    assert.ok(!result.answers);
    assert.match(result.reason, /^the Docker daemon does not answer → start Docker/);
    const took = performance.now() - started;
    assert.ok(took >= 5_000 && took < 9_000, `${took} ms`);
  });
});
