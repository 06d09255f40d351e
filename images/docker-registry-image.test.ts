import assert from "node:assert/strict";
import { digestInRegistry } from "./docker";
import { against, digest, failure, reference } from "./testing/docker-steps";

describe("an image of the registry", () => {
  const manifest = JSON.stringify({ Ref: reference, Descriptor: { digest } });
  const none = { code: 1, stderr: `no such manifest: ${reference}` };

  it("has a digest", async () => {
    const { result, calls } = await against([{ to: "manifest inspect", stdout: manifest }], () => digestInRegistry(reference));
    assert.equal(result, digest);
    assert.deepEqual(calls, [["manifest", "inspect", "--verbose", reference]]);
  });

  it("has one that Docker does not tell, when it is an index", async () => {
    const { result } = await against([{ to: "manifest", stdout: `[${manifest}]` }], () => digestInRegistry(reference));
    assert.equal(result, "unknown");
  });

  it("is not there, on a registry that must have a certificate", async () => {
    const config = { to: "info", stdout: '{"InsecureRegistryCIDRs":["127.0.0.0/8"],"IndexConfigs":{}}' };
    const { result, calls } = await against([config, { to: "manifest", ...none }], () => digestInRegistry(reference));
    assert.equal(result, undefined);
    assert.deepEqual(
      calls.map(([command, , , flag]) => [command, flag === "--insecure"]),
      [
        ["manifest", false],
        ["info", false],
      ],
    );
  });

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
