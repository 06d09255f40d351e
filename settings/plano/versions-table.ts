import { planoReleases, type PlanoReleases } from "./releases";

const head = ["releases", "header", "value names the model in", "key lives", "connects to Redis again", "here"];

/** The table of docs/versions.md, as Markdown; a test keeps the page equal to it. */
export function versionsTable(): string {
  return [head, head.map(() => "---"), ...planoReleases.map(cells)].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cells(row: PlanoReleases): string[] {
  const { first, last, header, valueField, ttlSeconds, reconnects, keeps, budgetField } = row;
  const life =
    typeof ttlSeconds === "number" ? `${ttlSeconds} s from the latest request` : "`session_ttl_seconds` from the first request";
  return [
    first === last ? first : `${first} – ${last}`,
    header,
    valueField === undefined ? "–" : `\`${valueField}\``,
    ttlSeconds === undefined ? "–" : life,
    valueField === undefined ? "–" : reconnects ? "yes" : "no",
    keeps === undefined ? "refused" : keeps === "fixed" ? "accepted" : `accepted, with \`${budgetField}: 0\``,
  ];
}
