import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { bundledProgramObjects, runBundled } from "../image/bundled-program";
import { llmStubObjects } from "./llm-stub";
import { Scratch } from "../../lib/testing/scratch";
import { mainContainer, rendered } from "../testing/pulumi-mocks";

describe("LlmStub", () => {
  const objects = llmStubObjects({ namespace: "demo", image: "standin:1" });

  it("runs the stub of the stand-in's image, and is found under its name on 8080", () => {
    const container = mainContainer(objects);
    assert.equal(container.image, "standin:1");
    assert.deepEqual(container.args, ["/app/stub.js"]);
    assert.deepEqual(container.env, [
      { name: "STUB_PORT", value: "8080" },
      { name: "STUB_LATENCY_MS", value: "0" },
    ]);
    const { spec } = rendered(objects)["service"] ?? assert.fail();
    assert.deepEqual(spec.ports, [{ name: "http", port: 8080, targetPort: "http" }]);
    assert.deepEqual(spec.selector, { app: "llm-stub" });
  });
});

describe("a bundled program", () => {
  const text = 'console.log("runs", require("node:path").basename(process.argv[1]))';
  const program = gzipSync(text).toString("base64");
  const bundled = runBundled("llm-stub", program);

  it("is a ConfigMap beside the workload, mounted where the command looks", () => {
    const { main } = rendered(bundledProgramObjects({ namespace: "demo", app: "llm-stub", program }));
    assert.equal(main?.metadata.name, "llm-stub-program");
    assert.deepEqual((main as unknown as { binaryData: object }).binaryData, { "program.js.gz": program });
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

  it("rolls the stub out when it changes", () => {
    const checksumOf = (it: string): string | undefined => {
      const stub = rendered(llmStubObjects({ namespace: "demo", image: "node:20", program: it }));
      const { command, args } = mainContainer(stub);
      assert.deepEqual([command, args], [bundled.command, undefined]);
      const { metadata, spec } = stub["main"]?.spec.template ?? assert.fail();
      assert.deepEqual(spec.volumes, [{ name: "program", configMap: { name: "llm-stub-program" } }]);
      return metadata.annotations?.["plano-affinity/program"];
    };
    assert.equal(checksumOf(program), bundled.checksum);
    assert.notEqual(checksumOf(gzipSync("other").toString("base64")), bundled.checksum);
  });
});
