import Ajv from "ajv";
import addFormats from "ajv-formats";
import assert from "node:assert/strict";
import schema from "../../../verify/report/schema.json";
import { verify as verifyAlone, type Report, type VerifyOptions } from "../../../verify";

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats(ajv);
const validate = ajv.compile(schema);

/** Fails when the report is not what the committed schema says. */
export function assertFitsSchema(report: unknown): asserts report is Report {
  assert.ok(validate(report), ajv.errorsText(validate.errors));
}

/** Verifies, and validates the report as every other program would see it. */
export async function verify(options: VerifyOptions): Promise<Report> {
  const report: unknown = JSON.parse(JSON.stringify(await verifyAlone(options)));
  assertFitsSchema(report);
  return report;
}
