import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { scratchPerTest } from "../../lib/testing/scratch";
import { waitFor } from "../../lib/wait";
import { loader, loaderFile, partPrefix, packProgram, readProgram, type Program } from "./program";

describe("the program that is sent to the cluster", () => {
  const scratch = scratchPerTest();

  it("is the bundle that runs: its code and nothing beside it", async () => {
    const entry = await scratch().file("plano-affinity.mjs", "entry");
    await scratch().file("chunks/a.mjs", "a");
    await scratch().file("THIRD-PARTY-LICENCES.txt", "licences");
    const expected = { entry: "plano-affinity.mjs", files: { "chunks/a.mjs": "a", "plano-affinity.mjs": "entry" } };
    assert.deepEqual(readProgram(entry), expected);
    // npm starts an installed command by a link.
    const link = join(scratch().folder, "link");
    symlinkSync(entry, link);
    assert.deepEqual(readProgram(link), expected);
  });

  it("is no program where the verifier runs from its sources", async () => {
    const sources = await scratch().file("cli.ts", "");
    assert.throws(() => readProgram(sources), {
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

  /** Runs a program as its container does. Jobs of a fake cluster do, too: test/integration/verify/in-cluster.test.ts. */
  async function runByLoader(program: Program, env: NodeJS.ProcessEnv) {
    const first = await scratch().file(loaderFile, loader);
    for (const [i, part] of packProgram(program).entries()) await scratch().file(`${partPrefix}0${i}`, part);
    const child = spawn(process.execPath, [first], { env: { TMPDIR: scratch().folder, ...env } });
    const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
    return { status: child.exitCode, stdout };
  }

  it("has its report packed whole, however large", async () => {
    const bytes = 3_000_000;
    const main = `import { randomBytes } from "node:crypto"; process.stdout.write(randomBytes(${bytes}).toString("hex"));
      process.stderr.write("first\\n");
      process.exit(2);`;
    const env = { PLANO_AFFINITY_PACKED_REPORT: "1" };
    const { stdout, status } = await runByLoader({ entry: "main.mjs", files: { "main.mjs": main } }, env);
    assert.equal(status, 2);
    const [, base64 = ""] = /^first\n-----BEGIN REPORT-----\n(.*)\n-----END REPORT-----\n$/s.exec(stdout) ?? [];
    assert.equal(gunzipSync(Buffer.from(base64, "base64")).length, 2 * bytes);
  });

  it("waits for the proxy of a mesh, without which nothing is reached, and ends it last", async function () {
    const asked: string[] = [];
    const server = createServer(({ method, url }, response) => {
      asked.push(`${method} ${url}`);
      response.end();
    });
    // Linkerd's port: the proxy is told there.
    const listening = once(server, "listening").catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    const main = `import { connect } from "node:net"; connect(4191, "127.0.0.1", function () { this.end(); console.log("reached"); });`;
    const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "4191" };
    const ran = runByLoader({ entry: "main.mjs", files: { "main.mjs": main } }, env);
    await sleep(300);
    server.listen(4191, "127.0.0.1");
    if ((await listening) === "EADDRINUSE") return this.skip();
    const { status, stdout } = await ran;
    // The program does not wait long for the answer.
    await waitFor({ subject: "the proxy's end", limitMs: 30_000, intervalMs: 10 }, () => asked.length > 0 || undefined);
    server.close();
    server.closeAllConnections();
    assert.deepEqual([status, stdout, asked], [0, "reached\n", ["POST /shutdown"]]);
  });
});
