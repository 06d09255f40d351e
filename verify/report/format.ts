import type { Report } from "./report";

/** A file format for reports. A new format is one file and one line in formats.ts. */
export interface ReportFormat {
  readonly id: string;
  render(report: Report): string;
}
