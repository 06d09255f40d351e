import Ajv from "ajv";
import addFormats from "ajv-formats";
import { strict as assert } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SoakReport } from "../../verify/disruption/soak";
import schema from "../../verify/disruption/soak/schema.json";
import { runProcess, type TestStack } from "./stack";

/** Runs `npm run soak` on a stack, and reads the report that it leaves. */
export async function soakStack(
  stack: TestStack,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string; readonly report: SoakReport }> {
  const kubeconfig = join(stack.folder, "kubeconfig");
  await writeFile(kubeconfig, await stack.output<string>("kubeconfig"), { mode: 0o600 });
  const path = join(stack.folder, "soak.json");
  const command = ["commands/bootstrap/run.mjs", "soak", "--namespace", "plano-demo", "--yes", "--json", path, ...args];
  const env = { ...process.env, KUBECONFIG: kubeconfig, NO_COLOR: "1" };
  const { code, output } = await runProcess(process.execPath, command, env);
  const report = JSON.parse(await readFile(path, "utf8")) as SoakReport;
  const validate = addFormats(new Ajv()).compile(schema);
  assert.ok(validate(report), JSON.stringify(validate.errors));
  return { code, output, report };
}
