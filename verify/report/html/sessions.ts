import { oneLine } from "../../common/errors";
import { leftOutInWords, listSessions } from "../listed-sessions";
import { modelsOf } from "../read-matrix";
import type { Report, SessionReport } from "../report";
import { factsOf, stepsOf } from "../session-facts";
import { shortNames } from "../short-names";
import { html, type Markup } from "./markup";
import type { Palette } from "./palette";
import { badge, brief, count, number } from "./words";

/** Sessions that are listed: as many as one scrolls through. */
const limits = { notable: 200, others: 50 } as const;

/** Sessions that passed and are not folded away, steps that are written of a session, and models of the legend. */
const shown = { passed: 8, steps: 12, models: 12 } as const;

/** The sessions with what each replica answered; those that did not pass come first. */
export function renderSessions(report: Report, palette: Palette): Markup {
  const listed = listSessions(report, limits);
  const leftOut = leftOutInWords(listed);
  const { problemOf } = factsOf(report);
  const shorten = shortNames(report.replicas.map(({ name }) => name));
  const short = (name: string): string => brief(shorten(name));
  const title = html`<h2 id="sessions">Sessions</h2>`;
  if (report.sessions.length === 0) {
    return html`<section aria-labelledby="sessions">
      ${title}
      <p class="note">No session was played.</p>
    </section>`;
  }
  const rows = listed.sessions.map((session) => renderSession(session, problemOf(session), short, palette));
  const notable = listed.sessions.filter(({ verdict }) => verdict !== "pass").length;
  const open = notable + shown.passed >= rows.length - 1 ? rows.length : notable + shown.passed;
  const rest = count(rows.length - open, "more session");
  return html`<section aria-labelledby="sessions">
    ${title} ${renderModels(report, palette)}
    ${leftOut === undefined ? undefined : html`<p class="note">${leftOut}. The JSON report has all.</p>`}
    ${renderTable(rows.slice(0, open))}
    ${
      open === rows.length
        ? undefined
        : html`<details class="more">
            <summary>${rest} <span class="note">that passed</span></summary>
            ${renderTable(rows.slice(open))}
          </details>`
    }
  </section>`;
}

function renderTable(rows: readonly Markup[]): Markup {
  const heads = ["Session", "Verdict", "Answers", "Route", "TTL"];
  return html`<table class="sessions" role="table" aria-labelledby="sessions">
    <thead role="rowgroup">
      <tr role="row">
        ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

/** How many sessions began on each model. */
function renderModels({ sessions }: Report, palette: Palette): Markup {
  const models = modelsOf(sessions);
  const more = models.length > shown.models ? html`<li>${count(models.length - shown.models, "more model")}</li>` : undefined;
  return html`<ul class="models" aria-label="Models">
    ${models.slice(0, shown.models).map(([model, many]) => html`<li>${palette.chip(model)} ${count(many, "session")}</li>`)}${more}
  </ul>`;
}

function renderSession(
  session: SessionReport,
  problem: string | undefined,
  short: (name: string) => string,
  palette: Palette,
): Markup {
  const { id, verdict, route, ttlSeconds } = session;
  return html`<tr role="row">
    <th role="rowheader" scope="row"><span class="id">${id}</span></th>
    <td role="cell">${badge(verdict)}</td>
    <td role="cell">
      ${renderAnswers(session, short, palette)}${problem === undefined ? undefined : html`<p class="problem">${oneLine(problem, 300)}</p>`}
    </td>
    <td role="cell" data-label="Route">${route ?? "–"}</td>
    <td role="cell" data-label="TTL" class="amount">
      ${ttlSeconds === null ? "–" : `${number(Math.round(ttlSeconds * 10) / 10)} s`}
    </td>
  </tr>`;
}

/** One model: it and the way it took. Several: each step with its answer. */
function renderAnswers(session: SessionReport, short: (name: string) => string, palette: Palette): Markup {
  const steps = stepsOf(session);
  const models = new Set(steps.map(({ model }) => model));
  const times = (n: number): string => (n > 1 ? ` ×${number(n)}` : "");
  const first = steps.slice(0, shown.steps);
  const rest = steps.length > first.length ? ` … ${number(steps.length - first.length)} more` : "";
  if (steps.length === 0) return html`<span class="note">no answer</span>`;
  if (models.size === 1) {
    const way = first.map(({ replica, times: n }) => `${short(replica)}${times(n)}`).join(" → ");
    return html`${palette.chip(steps[0]?.model ?? null)} <span class="way">${way}${rest}</span>`;
  }
  return html`<ol class="steps">
      ${first.map(
        ({ replica, model, times: n }) =>
          html`<li><span class="way">${short(replica)}</span> ${palette.chip(model)}<span class="way">${times(n)}</span></li>`,
      )}
    </ol>
    <span class="way">${rest}</span>`;
}
