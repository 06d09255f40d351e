import Table from "cli-table3";
import pc from "picocolors";
import type { SoakReport } from "./report";
import { failureRows, faultRows, figureRows, type Rows } from "./rows";

/** Failures and violations that are shown; the JSON report has more. */
const shown = 10;

/** The report for people at a terminal. */
export function renderSoak(report: SoakReport, style: { readonly color: boolean }): string {
  const colors = pc.createColors(style.color);
  const { verdict, reason, violations } = report;
  const paint = verdict === "pass" ? colors.green : verdict === "fail" ? colors.red : colors.yellow;
  const failures = failureRows(report);
  return [
    `Target   ${report.target}`,
    `Service  ${report.service}`,
    "",
    table(figureRows(report)),
    ...(report.faults.length === 0 ? [] : [table(faultRows(report.faults))]),
    ...report.faults.filter((it) => it.verdict !== "pass").map(({ title, summary }) => `${title}: ${summary}`),
    ...(failures.lines.length === 0 ? [] : [table({ ...failures, lines: failures.lines.slice(0, shown) })]),
    ...violations.slice(0, shown).map(({ session, sentence, atMs }) => `${(atMs / 1000).toFixed(1)} s  ${session}: ${sentence}`),
    ...[report.leftOut, report.leftover].filter((it) => it !== null),
    colors.bold(`Soak: ${paint(verdict)}${reason === null ? "" : ` – ${reason}`}`),
  ].join("\n");
}

function table({ headings, lines }: Rows): string {
  const result = new Table({ head: [...headings], style: { head: [], border: [] } });
  for (const line of lines) result.push([...line]);
  return result.toString();
}
