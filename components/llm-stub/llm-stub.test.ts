import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { bundledProgramObjects, runBundled } from "../image/bundled-program";
import { llmStubObjects } from "./llm-stub";
import { Scratch } from "../../lib/testing/scratch";
import { containerOf, rendered } from "../testing/pulumi-mocks";

describe("a bundled program", () => {
  const source = 'console.log("runs", require("node:path").basename(process.argv[1]))';
  const program = gzipSync(source).toString("base64");
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
    assert.equal(await text(child.stdout), "runs program.js.gz\n");
  });

  it("is what the stub runs in place of the image's own, and rolls it out when it changes", () => {
    const podsOf = (it?: string) => {
      const main =
        rendered(llmStubObjects({ namespace: "demo", image: "node:20", program: it, models: [] }))["main"] ?? assert.fail();
      const { command, args } = containerOf({ manifest: main });
      return { command, args, template: main.spec.template };
    };
    const checksumOf = (it: string) => podsOf(it).template.metadata.annotations?.["plano-affinity/program"];
    assert.deepEqual([podsOf().command, podsOf().args], [undefined, ["/app/stub.js"]]);
    assert.deepEqual([podsOf(program).command, podsOf(program).args], [bundled.command, undefined]);
    assert.deepEqual(podsOf(program).template.spec.volumes, [{ name: "program", configMap: { name: "llm-stub-program" } }]);
    assert.equal(checksumOf(program), bundled.checksum);
    assert.notEqual(checksumOf(gzipSync("other").toString("base64")), bundled.checksum);
  });
});
