import assert from "node:assert/strict";
import { push } from "./docker";
import { against, digest, failure, reference } from "./testing/docker-steps";

describe("a push", () => {
  it("names the image and nothing else, for credentials are Docker's", async () => {
    const stdout = `The push refers to repository [x]\nstandin-1: digest: ${digest} size: 524`;
    const { result, calls } = await against([{ to: "push", stdout }], () => push(reference));
    assert.equal(result, digest);
    assert.deepEqual(calls, [["push", reference]]);
  });

  const refusals: readonly (readonly [string, string, RegExp])[] = [
    [
      "no login",
      "denied: requested access to the resource is denied",
      /the registry refuses access\.\n {2}→ docker login registry\.example\.com,/,
    ],
    ["ECR without a login", "no basic auth credentials", /the registry refuses access/],
    ["a wrong password", "unauthorized: authentication required", /the registry refuses access/],
    [
      "a repository that must be created",
      "name unknown: The repository with name 'team/plano' does not exist in the registry",
      /the registry has no such repository\.\n {2}→ create the repository first/,
    ],
    [
      "an unknown host",
      'Get "https://registry.example.com/v2/": dial tcp: lookup registry.example.com on 10.0.0.1:53: no such host',
      /the host registry\.example\.com is not known to the Docker daemon\.\n {2}→ .*pulumi config set registry/,
    ],
    [
      "a registry that is down",
      'Get "http://registry.example.com/v2/": dial tcp 10.0.0.2:443: connect: connection refused',
      /the registry registry\.example\.com cannot be reached/,
    ],
    [
      "plain HTTP",
      'Get "https://registry.example.com/v2/": http: server gave HTTP response to HTTPS client',
      /speaks plain HTTP\.\n {2}→ add "registry\.example\.com" to insecure-registries/,
    ],
    ["a full disk", "received unexpected HTTP status: 500: no space left on device", /is full/],
    [
      "the daemon going down",
      "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?",
      /does not answer/,
    ],
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
