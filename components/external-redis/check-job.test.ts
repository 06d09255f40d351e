import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkJob } from "./check-job";

/** What Kubernetes makes of a container's argument where no variable of such a name is set (expansion.Expand). */
function expanded(text: string): string {
  return text.replace(/\$\$|\$\([^)]*\)/g, (it) => (it === "$$" ? "$" : it));
}

describe("the Job that asks an external Redis", () => {
  for (const [gateway, interpreter, file] of [
    ["standin", "node", "check.cjs"],
    ["plano", "python3", "check.py"],
  ] as const) {
    it(`runs ${file} as it is written, on the image of ${gateway}`, () => {
      const job = checkJob({ gateway, image: "gateway:1", secretName: "plano-secrets" });
      const [program, , script = ""] = job.spec?.template.spec?.containers[0]?.command ?? [];
      assert.equal(program, interpreter);
      const source = readFileSync(join(__dirname, ".", file), "utf8");
      assert.equal(expanded(script), source);
    });
  }

  it("gets the URL from the Secret, and has no other credential", () => {
    const job = checkJob({ gateway: "standin", image: "gateway:1", secretName: "plano-secrets" });
    const pod = job.spec?.template.spec;
    assert.deepEqual(pod?.containers[0]?.env, [
      { name: "REDIS_URL", valueFrom: { secretKeyRef: { name: "plano-secrets", key: "REDIS_URL" } } },
    ]);
    assert.equal(pod?.automountServiceAccountToken, false);
  });
});
