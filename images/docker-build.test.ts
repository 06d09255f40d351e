import assert from "node:assert/strict";
import { build } from "./docker";
import { Scratch } from "../lib/testing/scratch";
import { DockerStandIn } from "./testing/docker-stand-in";
import { failure } from "./testing/docker-steps";

describe("a build", () => {
  const request = {
    dockerfile: "FROM scratch AS plano\n",
    context: "/checkout",
    target: "plano",
    reference: "plano-affinity/plano:1",
    buildArgs: { PLANO_VERSION: "0.4.27" },
    labels: { "plano-affinity.inputs": "1" },
  };

  it("names target, tag, arguments and labels, and asks BuildKit for a plain image", async () => {
    await using scratch = await Scratch.make();
    const docker = await DockerStandIn.install(scratch);
    await build(request);
    assert.deepEqual(await docker.calls(), [
      [
        "build",
        "--file",
        "-",
        "--target",
        "plano",
        "--tag",
        "plano-affinity/plano:1",
        "--build-arg",
        "PLANO_VERSION=0.4.27",
        "--label",
        "plano-affinity.inputs=1",
        "/checkout",
      ],
    ]);
    assert.equal(await scratch.read("docker.stdin"), request.dockerfile);
    assert.equal(await docker.variable("BUILDX_NO_DEFAULT_ATTESTATIONS"), "1");
  });

  it("shows its last lines when a step fails, from either stream and without colours", async () => {
    const lines = Array.from({ length: 30 }, (_, line) => `\u001b[91mline ${line}\u001b[0m`).join("\n");
    const message = await failure({ stdout: lines, stderr: "The command '/bin/sh -c npm ci' returned a non-zero code: 1" }, () =>
      build(request),
    );
    assert.match(message, /^the Dockerfile's target plano could not be built; the build ended with:\n/);
    assert.match(message, /\n {4}line 29\n/);
    assert.match(message, /npm ci' returned a non-zero code: 1/);
    assert.doesNotMatch(message, /line 10\n|\u001b/);
  });

  const bases: readonly (readonly [string, string])[] = [
    ["without BuildKit", 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host'],
    [
      "with BuildKit",
      "ERROR: failed to solve: katanemo/plano:0.4.27: failed to resolve source metadata for docker.io/katanemo/plano:0.4.27: i/o timeout",
    ],
    ["that is private", "pull access denied for katanemo/plano, repository does not exist or may require 'docker login'"],
    ["that does not exist", "manifest for katanemo/plano:9.9.9 not found: manifest unknown"],
    ["asked for too often", "toomanyrequests: You have reached your pull rate limit."],
  ];
  for (const [name, stderr] of bases) {
    it(`says that the base image could not be pulled, ${name}`, async () => {
      const message = await failure({ stderr }, () => build(request));
      assert.match(message, /^the Dockerfile's target plano could not be built: its base image could not be pulled:\n {4}/);
      assert.ok(message.includes(stderr));
      assert.match(message, /→ let Docker reach docker\.io .*pulumi config set image …/);
    });
  }

  it("says that the disk is full", async () => {
    const message = await failure({ stderr: "write /var/lib/docker/tmp/x: no space left on device" }, () => build(request));
    assert.match(message, /the disk of the Docker daemon or of the registry is full\.\n {2}→ docker system prune/);
  });

  it("ends when it is interrupted", async () => {
    await using scratch = await Scratch.make();
    await DockerStandIn.install(scratch, [{ to: "build", afterSeconds: 30 }]);
    const interruption = new AbortController();
    const ended = build(request, { signal: interruption.signal });
    setTimeout(() => interruption.abort(new Error("interrupted")), 100);
    await assert.rejects(ended, /^Error: interrupted$/);
  });
});
