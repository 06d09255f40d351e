import { createHash } from "node:crypto";
import { eventsIn, latenciesIn, type Latencies, waterfallsIn } from "../evidence";
import { modelsOf } from "../sessions";
import type { CheckReport, Report } from "../report";
import { renderEvents } from "./events";
import { badge, count, duration, facts, markup, Markup, note, number, Palette, type Part, section, sign } from "./markup";
import { style } from "./style";
import { renderMatrix, renderSessions } from "./tables";
import { renderWaterfalls } from "./waterfalls";

/** One page that needs nothing else. Its content security policy lets a browser load nothing, whatever the report says. */
export function renderHtml(report: Report, titles: Readonly<Record<string, string>> = {}): string {
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
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body class="${verdict}">
${renderHead(report)}
<main>
${section("checks", "Checks", checks.length === 0 ? note("No check was run.") : checks.map((check) => renderCheck(check, titles[check.id])))}
${renderMatrix(report)}
${renderSessions(report, palette)}
${renderWaterfalls(checks)}
${renderRequests(report)}
</main>
<footer>Written by <code>plano-affinity verify</code>. Exact figures, and what is cut short here, are in the JSON report.</footer>
</body>
</html>
`.text;
}

/** The verdict, why, and of what: what is to be seen first. */
function renderHead(report: Report): Markup {
  const { verdict, target, startedAt, durationMs, replicas, sessions, requests } = report;
  return markup`<header class="${verdict}">
<p class="kicker">Model affinity across replicas</p>
<h1>${sign(verdict)} ${{ pass: "Pass", fail: "Fail", unknown: "Unknown" }[verdict]}</h1>
<p class="reason">${explain(report)}</p>
<p class="target"><span>Target</span> ${target}</p>
${facts([
  ["Began", markup`<time datetime="${startedAt}">${startedAt.slice(0, 19).replace("T", " ")} UTC</time>`],
  ["Took", duration(durationMs)],
  ["Replicas", number(replicas.length)],
  ["Sessions", number(sessions.length)],
  ["Requests", number(requests.total)],
])}
</header>`;
}

function explain({ verdict, reason, checks }: Report): Part {
  if (verdict === "pass") return checks.length === 1 ? "The one check passed." : `All ${checks.length} checks passed.`;
  if (verdict === "fail") return reason ?? `${count(checks.length, "check")} ran.`;
  return markup`${reason ?? "It could not be measured."} <span class="aside">Unknown is not a pass.</span>`;
}

/** A check with its verdict and what was seen; the evidence folds out. */
function renderCheck(check: CheckReport, title = check.id): Markup {
  const { id, verdict, summary, durationMs } = check;
  const events = eventsIn(check);
  const rest = remaining(check);
  // Checks that watch the shared sessions take no time of their own.
  const took = durationMs >= 1_000 ? markup`<span class="note">${duration(durationMs)}</span>` : undefined;
  const evidence = markup`<details><summary>Evidence</summary>${renderEvidence(rest)}</details>`;
  return markup`<article class="check ${verdict}">
<h3>${badge(verdict)} <span class="title">${title}</span> <code>${id}</code> ${took}</h3>
<p>${summary}</p>
${events.length === 0 ? undefined : renderEvents(events)}
${Object.keys(rest).length === 0 ? undefined : evidence}
</article>`;
}

/** How many requests there were and how long they took, per replica where the evidence tells. */
function renderRequests({ requests, replicas, checks }: Report): Markup {
  const { total, failed, p50Ms, p99Ms } = requests;
  const figures = facts([
    ["Attempts", number(total)],
    ["Failed", number(failed)],
    ["Median", duration(p50Ms)],
    ["99th percentile", duration(p99Ms)],
  ]);
  const latencies = new Map(checks.flatMap(latenciesIn).map((one) => [one.replica, one]));
  const items = replicas.map(({ name, url }) => {
    const own = latencies.get(name);
    return markup`<li><span class="id">${name}</span> <span class="note">${url}</span> ${own && note(quantiles(own))}</li>`;
  });
  return section("requests", "Replicas and requests", figures, markup`<ul class="replicas">${items}</ul>`);
}

function quantiles({ count: answered, p50Ms, p90Ms, p99Ms, maxMs }: Latencies): string {
  const times = `p50 ${duration(p50Ms)} · p90 ${duration(p90Ms)} · p99 ${duration(p99Ms)} · max ${duration(maxMs)}`;
  return `${count(answered, "answered request")} · ${times}`;
}

/** Characters that are written of one check's evidence; a report of a large run may hold far more. */
const longestEvidence = 40_000;

function renderEvidence(evidence: CheckReport["evidence"]): Markup {
  const text = JSON.stringify(evidence, null, 2);
  const cut = text.length > longestEvidence ? note("All of it is in the JSON report.") : undefined;
  return markup`<pre class="evidence">${text.slice(0, longestEvidence)}</pre>${cut}`;
}

/** The evidence that is not shown otherwise. */
function remaining(check: CheckReport): CheckReport["evidence"] {
  const isShown: Readonly<Record<string, boolean>> = {
    latencies: latenciesIn(check).length > 0,
    events: eventsIn(check).length > 0,
    waterfalls: waterfallsIn(check).length > 0,
  };
  return Object.fromEntries(Object.entries(check.evidence).filter(([key]) => isShown[key] !== true));
}
