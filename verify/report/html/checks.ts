import { disruptionIn, historiesIn, latenciesIn } from "../evidence";
import type { CheckReport, Json } from "../report";
import { renderEvidence } from "./json";
import { html, type Markup } from "./markup";
import { badge, duration, titleOf } from "./words";

/** Every check with its verdict and what was seen; the evidence folds out. */
export function renderChecks(checks: readonly CheckReport[]): Markup {
  return html`<section aria-labelledby="checks">
    <h2 id="checks">Checks</h2>
    ${checks.length === 0 ? html`<p class="note">No check was run.</p>` : undefined} ${checks.map(renderCheck)}
  </section>`;
}

function renderCheck(check: CheckReport): Markup {
  const { id, verdict, summary, durationMs } = check;
  const evidence = remaining(check);
  // Checks that watch the shared sessions take no time of their own.
  const took = durationMs >= 1_000 ? html`<span class="note">${duration(durationMs)}</span>` : undefined;
  return html`<article class="check ${verdict}">
    <h3>${badge(verdict)} <span class="title">${titleOf(id)}</span> <code>${id}</code> ${took}</h3>
    <p>${summary}</p>
    ${renderRest(evidence)}
  </article>`;
}

function renderRest(evidence: CheckReport["evidence"]): Markup | undefined {
  if (Object.keys(evidence).length === 0) return undefined;
  return html`<details>
    <summary>Evidence</summary>
    ${renderEvidence(evidence)}
  </details>`;
}

/** What no other section shows. */
function remaining(check: CheckReport): CheckReport["evidence"] {
  const drawn = new Set([
    ...(latenciesIn(check) === undefined ? [] : ["latencies"]),
    ...(disruptionIn(check) === undefined ? [] : ["events"]),
  ]);
  const rest = Object.entries(check.evidence).filter(([key]) => !drawn.has(key));
  const histories = historiesIn(check, Infinity) !== undefined;
  return Object.fromEntries(rest.map(([key, value]) => [key, histories && key === "sessions" ? withoutEvents(value) : value]));
}

/** Sessions of a trial without their requests, of which the first are drawn and the JSON report has all. */
function withoutEvents(sessions: Json): Json {
  if (!Array.isArray(sessions)) return sessions;
  return sessions.map((session: Json) => Object.fromEntries(Object.entries(session ?? {}).filter(([key]) => key !== "events")));
}
