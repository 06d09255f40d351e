import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stagesFor } from "./dockerfile";
import { standinImage } from "../standin/image";
import { settingTable } from "../settings/table";

/** One `FROM … AS name` with its instructions. */
interface Stage {
  readonly name: string;
  readonly from: string;
  readonly lines: readonly string[];
}

function stagesOf(dockerfile: string): readonly Stage[] {
  const joined = dockerfile.replace(/\\\n\s*/g, "");
  return joined
    .split(/^(?=FROM )/m)
    .filter((part) => part.startsWith("FROM "))
    .map((part) => {
      const [first = "", ...lines] = part.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      const [, from = "", name = ""] = /^FROM (\S+) AS (\S+)$/.exec(first) ?? [];
      return { name, from, lines };
    });
}

const text = readFileSync(join(__dirname, "..", "Dockerfile"), "utf8");

describe("Dockerfile", () => {
  const stages = stagesOf(text);
  const stage = (name: string): Stage =>
    stages.find((candidate) => candidate.name === name) ?? assert.fail(`there is no stage ${name}`);
  const value = (lines: readonly string[], instruction: string) =>
    lines.find((line) => line.startsWith(`${instruction} `))?.slice(instruction.length + 1);

  it("makes the official image by default, in the version that the settings name", () => {
    assert.equal(stages.at(-1)?.name, "plano");
    assert.equal(stage("plano").from, "${REGISTRY}/katanemo/plano:${PLANO_VERSION}");
    assert.match(text, new RegExp(`^ARG PLANO_VERSION=${settingTable.planoVersion.default.replaceAll(".", "\\.")}$`, "m"));
  });

  it("gives the stand-in the user, folder, entry point and command of its description", () => {
    const { lines } = stage("standin");
    assert.equal(value(lines, "USER"), standinImage.user);
    assert.equal(standinImage.user, `${standinImage.uid}:${standinImage.uid}`);
    assert.equal(value(lines, "WORKDIR"), standinImage.workdir);
    assert.deepEqual(JSON.parse(value(lines, "ENTRYPOINT") ?? ""), standinImage.entrypoint);
    assert.deepEqual(JSON.parse(value(lines, "CMD") ?? ""), standinImage.cmd);
  });

  it("bundles and copies the files of the stand-in's description, and no others", () => {
    const command = value(stage("bundle").lines, "RUN npx esbuild") ?? "";
    const bundled = [...command.matchAll(/(\w+)=(standin\/\S+\.ts)/g)].map(([, name, source]) => [`/app/${name}.js`, source]);
    assert.deepEqual(Object.fromEntries(bundled), standinImage.files);
    const copied = stage("standin")
      .lines.filter((line) => line.startsWith("COPY "))
      .map((line) => line.split(" ").at(-1));
    assert.deepEqual(copied, Object.keys(standinImage.files));
  });

  it("bundles with the options of the stand-in's description", () => {
    const command = value(stage("bundle").lines, "RUN npx esbuild") ?? "";
    const { bundle, platform, target, format, legalComments } = standinImage.bundle;
    assert.equal(bundle, true);
    const options = command.split(" ").filter((word) => word.startsWith("--") && !word.startsWith("--outdir"));
    assert.deepEqual(options, [
      "--bundle",
      `--platform=${platform}`,
      `--target=${target}`,
      `--format=${format}`,
      `--legal-comments=${legalComments}`,
    ]);
  });
});

describe("the stages of a Dockerfile that an image needs", () => {
  const bases = (part: string): readonly string[] => [...part.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base ?? "");

  it("are the official image alone for Plano, with its version's argument", () => {
    const part = stagesFor(text, "plano", "a=b");
    assert.deepEqual(bases(part), ["${REGISTRY}/katanemo/plano:${PLANO_VERSION}"]);
    assert.match(part, /^ARG PLANO_VERSION=/m);
  });

  it("are everything but the official image for the stand-in", () => {
    assert.deepEqual(bases(stagesFor(text, "standin", "a=b")), [
      "${REGISTRY}/library/node:24-slim",
      "${REGISTRY}/library/node:24-slim",
    ]);
  });

  it("include the stage that another begins with, with a label at its end", () => {
    const part = stagesFor("ARG v\nFROM a AS one\nRUN y\n\nFROM b AS two\nRUN x\nFROM one AS three\n", "three", "a=b");
    assert.equal(part, "ARG v\nFROM a AS one\nRUN y\nLABEL a=b\nFROM one AS three\n");
  });

  it("are none for a target that does not exist", () => {
    assert.throws(() => stagesFor(text, "other", "a=b"), /^Error: the Dockerfile has no stage other$/);
  });
});
