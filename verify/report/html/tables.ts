import { oneLine } from "../../common/errors";
import type { Report, SessionReport } from "../report";
import { listSessions, modelsOf, problemsOf, readMatrix, type Reads, shortNames, stepsOf } from "../sessions";
import { badge, count, markup, type Markup, note, number, type Palette, section, spoken } from "./markup";

/** Replicas that are shown: a table of 30 is as wide as can be read. */
const shownReplicas = 30;

/** Sessions that are listed: as many as one scrolls through. */
const mostSessions = 200;

/** Steps that are written of a session, and models of the legend. */
const shown = { steps: 12, models: 12 } as const;

/** Who was asked first, and so wrote the pin, and who was asked later, and so read it. */
export function renderMatrix(report: Report): Markup {
  const matrix = readMatrix(report);
  const names = matrix.names.slice(0, shownReplicas);
  const title = "Who wrote, who read";
  if (matrix.sessions === 0 || names.length < 2) {
    const why = matrix.sessions === 0 ? "No session was answered" : "Only one address was asked";
    return section("matrix", title, note(`${why}, so no replica read another’s pin.`));
  }
  const short = shortNames(names);
  const head = (name: string, scope: "col" | "row"): Markup =>
    markup`<th scope="${scope}" title="${name}"><span class="name">${short(name)}</span></th>`;
  const rows = names.map((writer) => {
    const cells = names.map((reader) => cell(matrix.reads(writer, reader), writer === reader));
    return markup`<tr>${head(writer, "row")}${cells}</tr>\n`;
  });
  const more = matrix.names.length - names.length;
  return section(
    "matrix",
    title,
    markup`<p>The first request of a session writes its pin, later ones read it. Each cell counts reads over
${count(matrix.sessions, "session")}: <b class="pass">✓</b> the same model, <b class="fail">✗</b> another model,
<b class="unknown">?</b> no answer.</p>
<div class="wide" tabindex="0" role="region" aria-labelledby="matrix">
<table class="matrix">
<thead><tr><th scope="col" class="corner">wrote ↓ read →</th>${names.map((name) => head(name, "col"))}</tr></thead>
<tbody>${rows}</tbody>
</table>
</div>`,
    more > 0 ? note(`${count(more, "more replica")} not shown.`) : undefined,
  );
}

function cell(reads: Reads | undefined, self: boolean): Markup {
  const kind = self ? "self " : "";
  if (reads === undefined) {
    return markup`<td class="${kind}none"><span aria-hidden="true">${self ? "" : "·"}</span>${spoken("none")}</td>`;
  }
  const { agreed, differed, unanswered } = reads;
  const verdict = differed > 0 ? "fail" : agreed > 0 && unanswered === 0 ? "pass" : "unknown";
  const part = (many: number, of: string, sign: string, words: string): Markup | undefined => {
    if (many === 0) return undefined;
    const figure = markup`${number(many)} <span aria-hidden="true">${sign}</span>${spoken(` ${words}`)}`;
    return markup`<span class="reads ${of}">${figure}</span> `;
  };
  return markup`<td class="${kind}${verdict}">${[
    part(agreed, "pass", "✓", "the same model"),
    part(differed, "fail", "✗", "another model"),
    part(unanswered, "unknown", "?", "not answered"),
  ]}</td>`;
}

export function renderSessions(report: Report, palette: Palette): Markup {
  if (report.sessions.length === 0) return section("sessions", "Sessions", note("No session was played."));
  const listed = listSessions(report.sessions, mostSessions);
  const problemOf = problemsOf(report);
  const short = shortNames(report.replicas.map(({ name }) => name));
  const rows = listed.sessions.map((session) => {
    const { id, verdict, route, ttlSeconds } = session;
    const problem = problemOf(session);
    const why = problem === undefined ? undefined : markup`<p class="problem">${oneLine(problem, 300)}</p>`;
    return markup`<tr role="row"><th role="rowheader" scope="row"><span class="id">${id}</span></th>
<td role="cell">${badge(verdict)}</td>
<td role="cell">${renderAnswers(session, short, palette)}${why}</td>
<td role="cell" data-label="Route">${route ?? "–"}</td>
<td role="cell" data-label="TTL" class="amount">${ttlSeconds === null ? "–" : `${number(Math.round(ttlSeconds * 10) / 10)} s`}</td>
</tr>`;
  });
  const heads = ["Session", "Verdict", "Answers", "Route", "TTL"];
  return section(
    "sessions",
    "Sessions",
    renderModels(report, palette),
    listed.note === undefined ? undefined : note(`${listed.note}. The JSON report has all.`),
    markup`<table class="sessions" role="table" aria-labelledby="sessions">
<thead role="rowgroup">
<tr role="row">${heads.map((head) => markup`<th role="columnheader" scope="col">${head}</th>`)}</tr>
</thead>
<tbody role="rowgroup">${rows}</tbody>
</table>`,
  );
}

function renderModels({ sessions }: Report, palette: Palette): Markup {
  const models = modelsOf(sessions);
  const more = models.length - shown.models;
  const items = models.slice(0, shown.models).map(([model, many]) => markup`${palette.chip(model)} ${count(many, "session")}`);
  const all = more > 0 ? [...items, count(more, "more model")] : items;
  return markup`<ul class="models" aria-label="Models">${all.map((item) => markup`<li>${item}</li>`)}</ul>`;
}

/** One model: it and the way it took. Several: each step with its answer. */
function renderAnswers(session: SessionReport, short: (name: string) => string, palette: Palette): Markup {
  const steps = stepsOf(session);
  if (steps.length === 0) return markup`<span class="note">no answer</span>`;
  const times = (n: number): string => (n > 1 ? ` ×${number(n)}` : "");
  const first = steps.slice(0, shown.steps);
  const rest = steps.length > first.length ? ` … ${number(steps.length - first.length)} more` : "";
  if (new Set(steps.map(({ model }) => model)).size === 1) {
    const way = first.map((step) => `${short(step.replica)}${times(step.times)}`).join(" → ");
    return markup`${palette.chip(steps[0]?.model ?? null)} <span class="way">${way}${rest}</span>`;
  }
  const items = first.map(({ replica, model, times: n }) => {
    return markup`<li><span class="way">${short(replica)}</span> ${palette.chip(model)}<span class="way">${times(n)}</span></li>\n`;
  });
  return markup`<ol class="steps">${items}</ol><span class="way">${rest}</span>`;
}
