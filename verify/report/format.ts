import type { Report } from "./report";

/** A file format for reports. A new format is one file and one line in formats.ts. */
export interface ReportFormat {
  readonly id: string;
  /**
   * The file's content; in pieces where a run of hundreds of thousands of sessions would make one string too large.
   * @param titles headings of the checks by id; default: the ids
   */
  render(report: Report, titles?: Readonly<Record<string, string>>): string | Iterable<string>;
}
