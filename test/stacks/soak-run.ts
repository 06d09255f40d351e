import Ajv from "ajv";
import addFormats from "ajv-formats";
import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { SoakReport } from "../../verify/disruption/soak";
import schema from "../../verify/disruption/soak/schema.json";
import { npmRun, type TestStack } from "./stack";

/** That a report fits the schema of soaks' reports. */
export function assertSoakReport(report: SoakReport): void {
  const validate = addFormats(new Ajv()).compile(schema);
  assert.ok(validate(report), JSON.stringify(validate.errors));
}

/** Runs `npm run soak` on a stack, and reads the report that it leaves. */
export async function soakStack(
  stack: TestStack,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string; readonly report: SoakReport }> {
  const path = join(stack.folder, "soak.json");
  const options = ["--namespace", "plano-demo", "--yes", "--json", path, ...args];
  const { code, output } = await npmRun(["soak", ...options], await stack.environment());
  const report = JSON.parse(await readFile(path, "utf8")) as SoakReport;
  assertSoakReport(report);
  return { code, output, report };
}
