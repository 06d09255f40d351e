import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stagesFor } from "./dockerfile";

describe("the stages of a Dockerfile that an image needs", () => {
  const text = readFileSync(join(__dirname, "..", "Dockerfile"), "utf8");
  const bases = (part: string): readonly string[] => [...part.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base ?? "");

  it("are the official image alone for Plano, with its version's argument", () => {
    const part = stagesFor(text, "plano");
    assert.deepEqual(bases(part), ["docker.io/katanemo/plano:${PLANO_VERSION}"]);
    assert.match(part, /^ARG PLANO_VERSION=/m);
  });

  it("are everything but the official image for the stand-in", () => {
    assert.deepEqual(bases(stagesFor(text, "standin")), ["docker.io/library/node:20-slim", "docker.io/library/node:20-slim"]);
  });

  it("include the stage that another begins with", () => {
    const part = stagesFor("FROM a AS one\nFROM b AS two\nRUN x\nFROM one AS three\n", "three");
    assert.equal(part, "FROM a AS one\nFROM one AS three\n");
  });

  it("are none for a target that does not exist", () => {
    assert.throws(() => stagesFor(text, "other"), /^Error: the Dockerfile has no stage other$/);
  });
});
