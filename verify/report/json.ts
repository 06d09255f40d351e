import type { ReportFormat } from "./format";

/** The report as `schema.json` describes it. */
export const json: ReportFormat = {
  id: "json",
  render: (report) => `${JSON.stringify(report, null, 2)}\n`,
};
