import { readMatrix, type Reads } from "../read-matrix";
import type { Report } from "../report";
import { shortNames } from "../short-names";
import { html, type Markup } from "./markup";
import { brief, count, number, spoken } from "./words";

/** Replicas that are shown: a table of 30 is as wide as can be read. */
const shownReplicas = 30;

/** From so many replicas on, columns are headed by numbers. */
const numbered = 6;

/** Who was asked first, and so wrote the pin, and who was asked later, and so read it. */
export function renderMatrix(report: Report): Markup {
  const matrix = readMatrix(report);
  const names = matrix.names.slice(0, shownReplicas);
  const shorten = shortNames(names);
  const short = (name: string): string => brief(shorten(name));
  const title = html`<h2 id="matrix">Who wrote, who read</h2>`;
  if (matrix.sessions === 0 || names.length < 2) {
    const why = matrix.sessions === 0 ? "No session was answered" : "Only one address was asked";
    return html`<section aria-labelledby="matrix">
      ${title}
      <p class="note">${why}, so no replica read another’s pin.</p>
    </section>`;
  }
  const byNumber = names.length >= numbered;
  const heading = (name: string, i: number): Markup =>
    byNumber
      ? html`<th scope="col" title="${name}">${i + 1}${spoken(` ${short(name)}`)}</th>`
      : html`<th scope="col" title="${name}"><span class="name">${short(name)}</span></th>`;
  return html`<section aria-labelledby="matrix">
    ${title}
    <p>
      The first request of a session writes its pin, later ones read it. Each cell counts reads over
      ${count(matrix.sessions, "session")}: <b class="pass">✓</b> the same model, <b class="fail">✗</b> another model,
      <b class="unknown">?</b> no answer.
    </p>
    <div class="wide" tabindex="0" role="region" aria-labelledby="matrix">
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col" class="corner">wrote ↓ read →</th>
            ${names.map(heading)}
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (writer, i) =>
              html`<tr>
                <th scope="row" title="${writer}">
                  ${byNumber ? html`<span class="index">${i + 1}</span> ` : undefined}<span class="name">${short(writer)}</span>
                </th>
                ${names.map((reader) => cell(matrix.reads(writer, reader), writer === reader))}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${
      matrix.names.length > names.length
        ? html`<p class="note">${count(matrix.names.length - names.length, "more replica")} not shown.</p>`
        : undefined
    }
  </section>`;
}

function cell(reads: Reads | undefined, self: boolean): Markup {
  const kind = self ? "self " : "";
  if (reads === undefined) {
    return html`<td class="${kind}none"><span aria-hidden="true">${self ? "" : "·"}</span>${spoken("none")}</td>`;
  }
  const { agreed, differed, unanswered } = reads;
  const verdict = differed > 0 ? "fail" : agreed > 0 && unanswered === 0 ? "pass" : "unknown";
  const parts: readonly (readonly [number, string, string, string])[] = [
    [agreed, "pass", "✓", "the same model"],
    [differed, "fail", "✗", "another model"],
    [unanswered, "unknown", "?", "not answered"],
  ];
  return html`<td class="${kind}${verdict}">
    ${parts
      .filter(([many]) => many > 0)
      .map(
        ([many, of, sign, words]) =>
          html`<span class="reads ${of}">${number(many)} <span aria-hidden="true">${sign}</span>${spoken(` ${words}`)}</span> `,
      )}
  </td>`;
}
