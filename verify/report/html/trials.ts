import { historiesIn, type HistoryOfSession } from "../evidence";
import type { CheckReport } from "../report";
import { shortNames } from "../short-names";
import { html, type Markup } from "./markup";
import type { Palette } from "./palette";
import { renderAxis, renderTrack } from "./timeline";
import { brief, duration, titleOf } from "./words";

/** Sessions of a check that are drawn, and replicas and requests of each. */
const shown = { sessions: 4, replicas: 8, events: 200 } as const;

/** The first sessions of `race` and `expiry` on time lines, a line for each replica; nothing where no check tells. */
export function renderTrials(checks: readonly CheckReport[], palette: Palette): Markup | undefined {
  const trials = checks.flatMap((check) => {
    const histories = historiesIn(check, shown.sessions);
    return histories === undefined ? [] : [renderTrial(check, histories, palette)];
  });
  if (trials.length === 0) return undefined;
  return html`<section aria-labelledby="trials">
    <h2 id="trials">Sessions on a time line</h2>
    <p>A bar is a request, from its sending to its answer, in the colour of the model that answered.</p>
    ${trials}
  </section>`;
}

function renderTrial({ id, evidence }: CheckReport, histories: readonly HistoryOfSession[], palette: Palette): Markup {
  const all = Array.isArray(evidence["sessions"]) ? evidence["sessions"].length : 0;
  return html`<div class="timeline">
    <h3><span class="title">${titleOf(id)}</span> <code>${id}</code></h3>
    <div class="histories">${histories.map((history) => renderHistory(history, palette))}</div>
    ${all > histories.length ? html`<p class="note">The first ${histories.length} of ${all} sessions.</p>` : undefined}
  </div>`;
}

function renderHistory({ id, events }: HistoryOfSession, palette: Palette): Markup {
  const drawn = events.slice(0, shown.events);
  const replicas = [...new Set(drawn.map(({ replica }) => replica))];
  const shorten = shortNames(replicas);
  const short = (name: string): string => brief(shorten(name));
  const startMs = Math.min(...drawn.map(({ invokedMs }) => invokedMs));
  const endMs = Math.max(1, ...drawn.map(({ returnedMs }) => returnedMs - startMs));
  return html`<figure class="history">
    <figcaption><span class="id">${id}</span></figcaption>
    ${replicas.slice(0, shown.replicas).map((replica) => {
      const own = drawn.filter((event) => event.replica === replica);
      const answers = own.map(({ model }) => model).filter((model, i, all) => i === 0 || model !== all[i - 1]);
      const words = own.map(({ model, invokedMs }) => `${model ?? "no answer"} at ${duration(invokedMs)}`).join(", ");
      const stretches = own.map(({ invokedMs, returnedMs, model }) => ({
        fromMs: invokedMs - startMs,
        toMs: Math.max(returnedMs, invokedMs) - startMs,
        className: `fill ${palette.classOf(model)}`,
        height: 70,
        title: `${model ?? "no answer"}, ${duration(invokedMs)} to ${duration(returnedMs)}`,
      }));
      return html`<div class="lane">
        <span class="way" title="${replica}">${short(replica)}</span>
        ${renderTrack(stretches, endMs, words)}
        <span class="answers">${answers.slice(0, 6).map((model, i) => html`${i === 0 ? "" : " → "}${palette.chip(model)}`)}</span>
      </div>`;
    })}
    ${renderAxis(endMs)}
  </figure>`;
}
