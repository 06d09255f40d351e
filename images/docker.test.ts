import assert from "node:assert/strict";
import { build, digestInRegistry, dockerServer, isInsecure, labelsOf, push, untag } from "./docker";
import { Scratch } from "../lib/testing/scratch";
import { type Answer, dockerStandIn } from "./testing/docker-stand-in";

const digest = `sha256:${"ab".repeat(32)}`;
const reference = "registry.example.com/team/plano:standin-1";

/** Runs a step against a `docker` with these answers, and gives back what it was asked. */
async function against<T>(answers: readonly Answer[], step: () => Promise<T>): Promise<{ result: T; calls: string[][] }> {
  await using scratch = await Scratch.make();
  const calls = await dockerStandIn(scratch, answers);
  const result = await step();
  return { result, calls: await calls() };
}

/** The message with which a step fails. */
async function failure(answer: Omit<Answer, "to">, step: () => Promise<unknown>): Promise<string> {
  const { result } = await against([{ to: "", code: 1, ...answer }], () => step().catch((error: unknown) => error as Error));
  assert.ok(result instanceof Error && result.name === "Error", String(result));
  return result.message;
}

describe("the Docker server", () => {
  it("is asked for its version", async () => {
    const { result, calls } = await against([{ to: "version", stdout: "27.3.1" }], () => dockerServer());
    assert.deepEqual(result, { answers: true, version: "27.3.1" });
    assert.deepEqual(calls, [["version", "--format", "{{.Server.Version}}"]]);
  });

  it("does not answer where there is no docker", async () => {
    await using _ = await Scratch.make();
    const reason = "there is no docker on PATH → install Docker (https://docs.docker.com/get-docker/)";
    assert.deepEqual(await dockerServer(), { answers: false, reason });
  });

  const socket = "unix:///var/run/docker.sock";
  const down = /^the Docker daemon does not answer → start Docker/;
  const denied = `permission denied while trying to connect to the Docker daemon socket at ${socket}: dial unix`;
  const fails = (stderr: string, code = 1) => ({ code, stderr });
  const silent: readonly (readonly [when: string, answer: Omit<Answer, "to">, reason: RegExp])[] = [
    ["where the daemon is down", fails(`Cannot connect to the Docker daemon at ${socket}. Is the docker daemon running?`), down],
    ["where Docker Desktop is down", fails(`failed to connect to the docker API at ${socket}; check the path`), down],
    ["to a user who may not use the socket", fails(denied), /^this user may not use Docker's socket → sudo usermod -aG docker/],
    ["when it has no version to tell", { stdout: "" }, /^the Docker daemon does not answer/],
    ["in words that nobody knows", fails("flux capacitor", 7), /^flux capacitor$/],
    ["within five seconds", { stdout: "27.3.1", afterSeconds: 30 }, down],
  ];
  for (const [when, answer, reason] of silent) {
    it(`does not answer ${when}`, async () => {
      const started = performance.now();
      const { result } = await against([{ to: "", ...answer }], () => dockerServer());
      assert.ok(!result.answers);
      assert.match(result.reason, reason);
      const took = performance.now() - started;
      assert.ok(answer.afterSeconds === undefined ? took < 5_000 : took >= 5_000 && took < 25_000, `${took} ms`);
    });
  }
});

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
    const calls = await dockerStandIn(scratch);
    await build(request);
    const options = "--file - --target plano --tag plano-affinity/plano:1 --build-arg PLANO_VERSION=0.4.27";
    assert.deepEqual(await calls(), [["build", ...options.split(" "), "--label", "plano-affinity.inputs=1", "/checkout"]]);
    assert.equal(await scratch.read("docker.stdin"), request.dockerfile);
    assert.match(await scratch.read("docker.env"), /^BUILDX_NO_DEFAULT_ATTESTATIONS=1$/m);
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

  it("shows why the base image could not be pulled", async () => {
    const stderr =
      "ERROR: failed to solve: katanemo/plano:0.4.27: failed to resolve source metadata for docker.io/katanemo/plano:0.4.27: i/o timeout";
    const message = await failure({ stderr }, () => build(request));
    assert.ok(message.includes(stderr));
    assert.match(message, /→ Docker has to reach docker\.io /);
  });

  it("says that the disk is full", async () => {
    const message = await failure({ stderr: "write /var/lib/docker/tmp/x: no space left on device" }, () => build(request));
    assert.match(message, /the disk of the Docker daemon or of the registry is full\.\n {2}→ docker system prune/);
  });

  it("ends when it is interrupted", async () => {
    await using scratch = await Scratch.make();
    await dockerStandIn(scratch, [{ to: "build", afterSeconds: 30 }]);
    const interruption = new AbortController();
    const ended = build(request, { signal: interruption.signal });
    setTimeout(() => interruption.abort(new Error("interrupted")), 100);
    await assert.rejects(ended, /^Error: interrupted$/);
  });
});

describe("a push", () => {
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ["no login", "denied: requested access", /the registry refuses access\.\n {2}→ docker login registry\.example\.com,/],
    ["ECR without a login", "no basic auth credentials", /the registry refuses access/],
    ["a repository that is not there", "name unknown: x", /no such repository\.\n {2}→ create the repository first/],
    ["an unknown host", "lookup x: no such host", /registry\.example\.com cannot be reached\.\n {2}→ check the network/],
    ["plain HTTP", "server gave HTTP response to HTTPS client", /speaks plain HTTP\.\n {2}→ add "registry\.example\.com" to/],
    ["a full disk", "received unexpected HTTP status: 500: no space left on device", /is full/],
    ["anything else", "unexpected EOF", /could not be pushed:\n {4}unexpected EOF$/],
  ];
  for (const [name, stderr, says] of refusals) {
    it(`says what helps against ${name}`, async () => {
      const message = await failure({ stderr }, () => push(reference));
      assert.match(message, new RegExp(`^the image ${reference} could not be pushed:`));
      assert.match(message, says);
    });
  }

  it("is none without a digest", async () => {
    const message = await failure({ code: 0, stdout: "pushed" }, () => push(reference));
    assert.match(message, /or the registry told no digest:\n {4}pushed/);
  });
});

describe("an image of the engine", () => {
  it("has labels, or none, or is not there", async () => {
    const ask = () => labelsOf("x:1");
    assert.deepEqual((await against([{ to: "image inspect", stdout: '{"a":"b"}' }], ask)).result, { a: "b" });
    assert.deepEqual((await against([{ to: "image inspect", stdout: "null" }], ask)).result, {});
    const gone = { to: "image inspect", code: 1, stderr: "Error: No such image: x:1" };
    assert.equal((await against([gone], ask)).result, undefined);
    assert.match(await failure({ stderr: "Cannot connect to the Docker daemon" }, ask), /does not answer/);
  });

  it("may be gone when it is removed, but not in use", async () => {
    await against([{ to: "image rm", code: 1, stderr: "Error: No such image: y:1" }], () => untag("y:1"));
    const used = "Error response from daemon: conflict: unable to remove repository reference";
    assert.match(await failure({ stderr: used }, () => untag("y:1")), /could not be removed:\n {4}.*conflict/);
  });
});

describe("an image of the registry", () => {
  const manifest = JSON.stringify({ Ref: reference, Descriptor: { digest } });
  const none = { code: 1, stderr: `no such manifest: ${reference}` };

  it("is asked for without a certificate only where the daemon trusts the registry so", async () => {
    const config = { to: "info", stdout: '{"IndexConfigs":{"registry.example.com":{"Secure":false}}}' };
    const found = { to: "manifest inspect --verbose --insecure", stdout: manifest };
    const { result, calls } = await against([config, found, { to: "manifest", ...none }], () => digestInRegistry(reference));
    assert.equal(result, digest);
    assert.deepEqual(calls.at(-1), ["manifest", "inspect", "--verbose", "--insecure", reference]);
  });

  it("is not there, in the words of other registries", async () => {
    const config = { to: "info", stdout: "{}" };
    for (const stderr of [
      'errors:\nmanifest unknown: manifest tagged by "1" is not found',
      "name unknown: The repository with name 'plano' does not exist in the registry with id '1'",
      "unknown: artifact library/plano:1 not found",
      "manifest for registry.example.com/plano:1 not found",
    ]) {
      const { result } = await against([config, { to: "manifest", code: 1, stderr }], () => digestInRegistry(reference));
      assert.equal(result, undefined, stderr);
    }
  });

  it("is not taken for lost when the credential helper is what is not found", async () => {
    const stderr =
      'error getting credentials - err: exec: "docker-credential-ecr-login": executable file not found in $PATH, out: ``';
    const message = await failure({ stderr }, () => digestInRegistry(reference));
    assert.match(
      message,
      /^the registry could not be asked for .*:\n {4}error getting credentials .*docker-credential-ecr-login/,
    );
  });

  it("is an error when the registry refuses to say", async () => {
    const message = await failure({ stderr: "unauthorized: authentication required" }, () => digestInRegistry(reference));
    assert.match(message, /^the registry could not be asked for .*: the registry refuses access\.\n {2}→ docker login/);
  });
});

describe("a registry without a certificate", () => {
  const config = {
    InsecureRegistryCIDRs: ["127.0.0.0/8", "10.231.0.0/16", "fd00::/8"],
    IndexConfigs: { "registry.lan:5000": { Secure: false } },
  };
  const trusted: readonly (readonly [string, boolean])[] = [
    ["127.0.0.1:5000", true],
    ["localhost:5000", true],
    ["10.231.0.1:5000", true],
    ["10.232.0.1:5000", false],
    ["[fd00::1]:5000", true],
    ["[2001:db8::1]:5000", false],
    ["registry.lan:5000", true],
    ["registry.lan", false],
  ];
  for (const [host, expected] of trusted)
    it(`${expected ? "is" : "is not"} trusted at ${host}`, () => assert.equal(isInsecure(host, config), expected));

  it("is not trusted by a daemon that says nothing of it", () => {
    assert.equal(isInsecure("127.0.0.1:5000", null), false);
    assert.equal(isInsecure("127.0.0.1:5000", { InsecureRegistryCIDRs: null, IndexConfigs: null }), false);
  });
});
