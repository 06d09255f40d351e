import { createHash } from "node:crypto";
import type { ReportFormat } from "../format";
import { modelsOf } from "../read-matrix";
import type { Report, Verdict } from "../report";
import { renderChecks } from "./checks";
import { renderFaults } from "./faults";
import { renderHead } from "./head";
import { renderLatencies } from "./latencies";
import { html as markup, Markup } from "./markup";
import { renderMatrix } from "./matrix";
import { Palette } from "./palette";
import { renderSessions } from "./sessions";
import { style } from "./style";
import { renderTrials } from "./trials";

/**
 * One page to look at, which needs nothing else: no script, no network, no font of its own. Its content security policy
 * lets a browser load nothing, whatever names and messages of the report say.
 */
export const html: ReportFormat = { id: "html", render: (report) => renderPage(report).text };

function renderPage(report: Report): Markup {
  const { verdict, checks, target } = report;
  const palette = new Palette(modelsOf(report.sessions).map(([model]) => model));
  const sheet = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${sheet}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Affinity: ${verdict} – ${target}</title>
<link rel="icon" href="${icon(verdict)}">
<style>${new Markup(style)}</style>
</head>
<body class="${verdict}">
${renderHead(report)}
<main>
${renderChecks(checks)}
${renderMatrix(report)}
${renderSessions(report, palette)}
${renderTrials(checks, palette)}
${renderLatencies(report)}
${renderFaults(checks)}
${renderReplicas(report)}
</main>
<footer>Written by <code>plano-affinity verify</code>. Exact figures, and what is cut short here, are in the JSON report.</footer>
</body>
</html>
`;
}

/** Names in full, and where each replica was asked. */
function renderReplicas({ replicas }: Report): Markup | undefined {
  if (replicas.length === 0) return undefined;
  return markup`<section aria-labelledby="replicas">
    <h2 id="replicas">Replicas</h2>
    <ul class="replicas">${replicas.map(({ name, url }) => markup`<li><span class="id">${name}</span> <span class="note">${url}</span></li>`)}</ul>
  </section>`;
}

/** A dot in the verdict's colour; it also keeps a browser from asking for /favicon.ico. */
function icon(verdict: Verdict): string {
  const colour = { pass: "%2312703f", fail: "%23b3211b", unknown: "%238a5300" }[verdict];
  return `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'><circle cx='4' cy='4' r='4' fill='${colour}'/></svg>`;
}
