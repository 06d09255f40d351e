import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { Scratch } from "../lib/testing/scratch";
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

const project = join(__dirname, "..");
const text = readFileSync(join(project, "Dockerfile"), "utf8");

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
    const wanted = `--bundle --platform=${platform} --target=${target} --format=${format} --legal-comments=${legalComments}`;
    assert.equal(options.join(" "), wanted);
  });
});

describe("the Dockerfile's target verify", function () {
  this.timeout(120_000);
  const [making, image] = ["package", "verify"].map((name) => stagesOf(text).find((it) => it.name === name)?.lines ?? []);
  const after = (instruction: string, lines: readonly string[] = []): string[] =>
    lines.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1));

  it("is built by its own instructions from what .dockerignore lets in, and verifies with nothing else", async () => {
    await using scratch = await Scratch.make(process.env["PATH"]);
    const [source, out] = [join(scratch.folder, "src"), join(scratch.folder, "out")];
    mkdirSync(source);
    symlinkSync(join(project, "node_modules"), join(source, "node_modules"));
    const ignored = readFileSync(join(project, ".dockerignore"), "utf8").split("\n");
    for (const words of after("COPY", making).map((it) => it.split(" "))) {
      const to = join(source, words.at(-1) ?? "");
      for (const file of words.slice(0, -1)) {
        assert.ok(ignored.includes(`!${file.split("/")[0]}`), file);
        cpSync(join(project, file), words.at(-1)?.endsWith("/") ? join(to, basename(file)) : to, { recursive: true });
      }
    }
    const [install, ...commands] = after("RUN", making);
    assert.equal(install, "npm ci --ignore-scripts -w plano-affinity", "in its place here: the packages of the checkout");
    const run = (command: string, args: readonly string[]) => spawnSync(command, args, { cwd: source, encoding: "utf8" });
    for (const command of commands) {
      const { status, stderr } = run("sh", ["-c", command.replaceAll("/out", out)]);
      assert.equal(status, 0, stderr);
    }
    const [program = "", ...args] = JSON.parse(after("ENTRYPOINT", image)[0] ?? "") as string[];
    const inImage = args.map((it) => it.replace(/^\/app/, out));
    const { status, stdout, stderr } = run(program, [
      ...inImage,
      "verify",
      "--replica=a=http://127.0.0.1:1",
      "--replica=b=http://127.0.0.1:2",
    ]);
    assert.equal(status, 2, stderr);
    assert.match(stdout, /Affinity: unknown – .*connection refused/);
    assert.match(readFileSync(join(out, "THIRD-PARTY-LICENCES.txt"), "utf8"), /^ioredis [\d.]+$/m);
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
