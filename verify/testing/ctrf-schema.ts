/**
 * What the Common Test Report Format demands of the parts that are written here, as JSON Schema. Source: ctrf.io,
 * ctrf.schema.json of 2026-07. Parts that are not written (retries, attachments, steps, insights) are left out, so this
 * is stricter than the original: where that allows no other property, neither does this.
 */
const text = { type: "string" };
const name = { type: "string", minLength: 1 };
const whole = { type: "integer" };
const amount = { type: "integer", minimum: 0 };
const extra = { type: "object" };

function only(properties: object, required: readonly string[] = []): object {
  return { type: "object", additionalProperties: false, required, properties };
}

const counts = ["tests", "passed", "failed", "skipped", "pending", "other"];

const summary = only(
  {
    ...Object.fromEntries([...counts, "flaky", "suites", "duration"].map((key) => [key, amount])),
    start: whole,
    stop: whole,
    extra,
  },
  [...counts, "start", "stop"],
);

const test = only(
  {
    testId: name,
    executionId: name,
    name,
    status: { enum: ["passed", "failed", "skipped", "pending", "other"] },
    duration: amount,
    start: whole,
    stop: whole,
    suite: { type: "array", minItems: 1, items: text },
    message: text,
    trace: text,
    rawStatus: text,
    tags: { type: "array", items: text },
    type: text,
    flaky: { type: "boolean" },
    parameters: { type: "object" },
    extra,
  },
  ["name", "status", "duration"],
);

const environment = only({
  reportName: text,
  appName: text,
  appVersion: text,
  testEnvironment: text,
  healthy: { type: "boolean" },
  extra,
});

export const ctrfSchema = only(
  {
    reportFormat: { const: "CTRF" },
    specVersion: { type: "string", pattern: "^[0-9]+\\.[0-9]+\\.[0-9]+$" },
    timestamp: { type: "string", format: "date-time" },
    generatedBy: text,
    extra,
    results: only(
      {
        tool: only({ name, version: text, extra }, ["name"]),
        summary,
        tests: { type: "array", items: test },
        environment,
        extra,
      },
      ["tool", "summary", "tests"],
    ),
  },
  ["results", "reportFormat", "specVersion"],
);
