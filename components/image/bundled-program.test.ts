import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { BundledProgram, runBundled } from "./bundled-program";
import { LlmStub } from "../llm-stub/llm-stub";
import { Scratch } from "../../lib/testing/scratch";
import { containerOf, find, type Made, mockEngine, register } from "../testing/pulumi-mocks";

const program = gzipSync('console.log("runs", require("node:path").basename(process.argv[1]))').toString("base64");

describe("BundledProgram", () => {
  const bundled = runBundled("llm-stub", program);
  let made: readonly Made[];

  before(async () => {
    await mockEngine();
    made = await register((opts) => new BundledProgram("p", { namespace: "demo", app: "llm-stub", program }, opts));
  });

  it("is a ConfigMap beside the workload, mounted where the command looks", () => {
    const { manifest } = find(made, "ConfigMap", "llm-stub-program");
    assert.deepEqual((manifest as unknown as { binaryData: object }).binaryData, { "program.js.gz": program });
    assert.equal(bundled.command.at(-1), `${bundled.mount.mountPath}/program.js.gz`);
  });

  it("is run by its command", async () => {
    await using scratch = await Scratch.make();
    const file = await scratch.file("program.js.gz", Buffer.from(program, "base64"));
    const [, ...args] = bundled.command;
    const child = spawn(process.execPath, [...args.slice(0, -1), file], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    await once(child, "close");
    assert.equal(output, "runs program.js.gz\n");
  });

  it("rolls the stub out when it changes", async () => {
    const checksumOf = async (text: string): Promise<string | undefined> => {
      const stub = await register((opts) => new LlmStub("stub", { namespace: "demo", image: "node:20", program: text }, opts));
      const deployment = find(stub, "Deployment", "llm-stub");
      assert.equal(containerOf(deployment).args, undefined);
      assert.deepEqual(containerOf(deployment).command, bundled.command);
      assert.deepEqual(deployment.manifest.spec.template.spec.volumes, [
        { name: "program", configMap: { name: "llm-stub-program" } },
      ]);
      return deployment.manifest.spec.template.metadata.annotations?.["plano-affinity/program"];
    };
    const checksum = await checksumOf(program);
    assert.equal(checksum, bundled.checksum);
    assert.notEqual(await checksumOf(gzipSync("other").toString("base64")), checksum);
  });
});
