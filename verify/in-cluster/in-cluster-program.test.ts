import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { loader, loaderFile, partPrefix, packProgram, readProgram, type Program } from "./program";

describe("the program that is sent to the cluster", () => {
  let folder: string;
  const write = (path: string, content: string | Buffer): string => {
    writeFileSync(join(folder, path), content);
    return join(folder, path);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "program-"));
    mkdirSync(join(folder, "chunks"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the bundle that runs: its code and nothing beside it", () => {
    const entry = write("plano-affinity.mjs", "entry");
    write("chunks/a.mjs", "a");
    write("THIRD-PARTY-LICENCES.txt", "licences");
    const expected = { entry: "plano-affinity.mjs", files: { "chunks/a.mjs": "a", "plano-affinity.mjs": "entry" } };
    assert.deepEqual(readProgram(entry), expected);
    // npm starts an installed command by a link.
    const link = join(folder, "link");
    symlinkSync(entry, link);
    assert.deepEqual(readProgram(link), expected);
  });

  it("is no program where the verifier runs from its sources", () => {
    assert.throws(() => readProgram(write("cli.ts", "")), {
      name: "UsageError",
      message:
        "--in-cluster: the verifier runs from its sources, and only its bundle can be sent to a cluster; start it with npm run verify, or as the installed plano-affinity",
    });
  });

  it("fits into ConfigMaps that kubectl apply can note, and into what a cluster has room for", () => {
    const program = (bytes: number) => ({ entry: "a.mjs", files: { "a.mjs": randomBytes(bytes).toString("base64") } });
    // An annotation may have 256 KiB, and kubectl notes the whole object in one.
    const parts = packProgram(program(400_000));
    assert.equal(parts.length, 3);
    for (const part of parts) assert.ok(part.toString("base64").length < 256 * 1024 - 8_192, `${part.length}`);
    assert.throws(() => packProgram(program(1_100_000)), {
      name: "UsageError",
      message:
        /^--in-cluster: program and prompts come to \d+ bytes, packed, and a cluster's configuration has room for 1048576; use fewer prompts$/,
    });
  });

  /** Runs a program as its container does. */
  function runByLoader(program: Program, env: NodeJS.ProcessEnv = {}) {
    write(loaderFile, loader);
    packProgram(program).forEach((part, i) => write(`${partPrefix}0${i}`, part));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, loaderFile), "verify", "--quiet"], {
      env: { TMPDIR: folder, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { status, stdout: String(stdout), stderr: String(stderr) };
  }
  const packed = { PLANO_AFFINITY_PACKED_REPORT: "1" };

  function unpacked(stdout: string): string {
    const [, base64 = ""] = /-----BEGIN REPORT-----\n(.*)\n-----END REPORT-----\n$/s.exec(stdout) ?? [];
    return gunzipSync(Buffer.from(base64, "base64")).toString();
  }

  it("is unpacked and started by the loader, with its arguments, all that it says on one stream", () => {
    const program = {
      entry: "main.mjs",
      files: {
        "main.mjs": `
          import { word } from "./chunks/word.mjs";
          import { readFileSync } from "node:fs";
          process.stderr.write("first\\n");
          console.log(word, process.argv.slice(2).join(" "), readFileSync("prompts.txt", "utf8"));
          process.exitCode = 2;`,
        "chunks/word.mjs": `export const word = "wörd";`,
        "prompts.txt": "quick",
        "filler.txt": randomBytes(200_000).toString("base64"),
      },
    };
    assert.equal(packProgram(program).length, 2);
    assert.deepEqual(runByLoader(program), { status: 2, stdout: "first\nwörd verify --quiet quick\n", stderr: "" });
    const { status, stdout, stderr } = runByLoader(program, packed);
    assert.match(stdout, /^first\n-----BEGIN REPORT-----\n/);
    assert.equal(unpacked(stdout), "wörd verify --quiet quick\n");
    assert.deepEqual([status, stderr], [2, ""]);
  });

  it("has its report packed whole, however large", () => {
    const bytes = 3_000_000;
    const main = `import { randomBytes } from "node:crypto"; process.stdout.write(randomBytes(${bytes}).toString("hex"));`;
    const { stdout } = runByLoader({ entry: "main.mjs", files: { "main.mjs": main } }, packed);
    assert.equal(unpacked(stdout).length, 2 * bytes);
  });
});
