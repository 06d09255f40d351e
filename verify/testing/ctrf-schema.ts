/**
 * What the Common Test Report Format demands of the parts that are written here, as JSON Schema. Source: ctrf.io,
 * ctrf.schema.json of 2026-07. Parts that are not written are left out, so this is stricter than the original: where that
 * allows no other property, neither does this.
 */
const text = { type: "string" };
const name = { type: "string", minLength: 1 };
const whole = { type: "integer" };
const amount = { type: "integer", minimum: 0 };
const extra = { type: "object" };

function only(properties: object, required: readonly string[]): object {
  return { type: "object", additionalProperties: false, required, properties };
}

const counts = ["tests", "passed", "failed", "skipped", "pending", "other"];

const summary = {
  ...Object.fromEntries([...counts, "suites", "duration"].map((key) => [key, amount])),
  ...{ start: whole, stop: whole, extra },
};

const test = {
  testId: name,
  name,
  status: { enum: ["passed", "failed", "skipped", "pending", "other"] },
  duration: amount,
  suite: { type: "array", minItems: 1, items: text },
  message: text,
  trace: text,
  rawStatus: text,
  extra,
};

const results = {
  tool: only({ name }, ["name"]),
  summary: only(summary, [...counts, "start", "stop"]),
  tests: { type: "array", items: only(test, ["name", "status", "duration"]) },
  environment: only({ reportName: text, testEnvironment: text, healthy: { type: "boolean" }, extra }, []),
};

export const ctrfSchema = only(
  {
    reportFormat: { const: "CTRF" },
    specVersion: { type: "string", pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$" },
    timestamp: { type: "string", format: "date-time" },
    generatedBy: text,
    results: only(results, ["tool", "summary", "tests"]),
  },
  ["results", "reportFormat", "specVersion"],
);
