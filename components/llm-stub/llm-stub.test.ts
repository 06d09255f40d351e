import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { bundledProgramObjects, runBundled } from "../image/bundled-program";
import { llmStubObjects } from "./llm-stub";
import { containerOf, rendered } from "../testing/pulumi-mocks";

describe("a bundled program", () => {
  const program = gzipSync("one").toString("base64");
  const bundled = runBundled("llm-stub", program);

  it("is a ConfigMap beside the workload, mounted where the command looks", () => {
    const { main } = rendered(bundledProgramObjects({ namespace: "demo", app: "llm-stub", program }));
    assert.equal(main?.metadata.name, "llm-stub-program");
    assert.deepEqual((main as unknown as { binaryData: object }).binaryData, { "program.js.gz": program });
    assert.equal(bundled.command.at(-1), `${bundled.mount.mountPath}/program.js.gz`);
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
