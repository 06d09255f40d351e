import type { ReportFormat } from "./format";
import type { Report } from "./report";

export const json: ReportFormat = { id: "json", render };

/** As `JSON.stringify(report, null, 2)`, in pieces. */
function* render(report: Report): Generator<string> {
  const [before, after] = JSON.stringify({ ...report, sessions: [] }, null, 2).split('\n  "sessions": []') as [string, string];
  yield `${before}\n  "sessions": [`;
  let separator = "\n";
  for (const session of report.sessions) {
    yield `${separator}${JSON.stringify(session, null, 2).replace(/^/gm, "    ")}`;
    separator = ",\n";
  }
  yield `${report.sessions.length === 0 ? "" : "\n  "}]${after}\n`;
}
