import { disruptionIn, type Disruption, type DisruptionEvent } from "../evidence";
import type { CheckReport } from "../report";
import { html, type Markup } from "./markup";
import { renderAxis, renderTrack, type Stretch } from "./timeline";
import { badge, count, duration, number, titleOf } from "./words";

/** What disturbed the deployment, when it landed and when all was well again; nothing where no check tells. */
export function renderFaults(checks: readonly CheckReport[]): Markup | undefined {
  const disruptions = checks.flatMap((check) => {
    const disruption = disruptionIn(check);
    return disruption === undefined ? [] : [renderDisruption(check, disruption)];
  });
  if (disruptions.length === 0) return undefined;
  return html`<section aria-labelledby="faults">
    <h2 id="faults">Faults on a time line</h2>
    <ul class="legend">
      <li>
        <svg viewBox="0 0 20 10" aria-hidden="true"><rect class="waiting" y="4" width="20" height="2" /></svg> begun
      </li>
      <li>
        <svg viewBox="0 0 20 10" aria-hidden="true"><rect class="disturbed" width="20" height="10" /></svg> landed, until it
        recovered
      </li>
      <li>
        <svg viewBox="0 0 20 10" aria-hidden="true"><rect class="lost" width="20" height="10" /></svg> landed, did not recover
      </li>
      <li>
        <svg viewBox="0 0 20 10" aria-hidden="true"><rect class="recovered" y="3" width="20" height="4" /></svg> recovered, under
        watch
      </li>
    </ul>
    ${disruptions}
  </section>`;
}

function renderDisruption({ id }: CheckReport, { events, durationMs }: Disruption): Markup {
  return html`<div class="timeline">
    <h3><span class="title">${titleOf(id)}</span> <code>${id}</code></h3>
    <ol class="events">
      ${events.map((event) => renderEvent(event, durationMs))}
    </ol>
    ${renderAxis(durationMs)}
  </div>`;
}

function renderEvent(event: DisruptionEvent, endMs: number): Markup {
  const { title, target, verdict, proof, summary, requests } = event;
  const losses = [
    `${number(requests.lost)} of ${count(requests.total, "request")} lost`,
    ...(requests.misrouted > 0 ? [`${number(requests.misrouted)} answered by another model meanwhile`] : []),
  ];
  return html`<li>
    <div class="event">
      <p><b>${title}</b> ${target === "" ? undefined : html`<span class="note">${target}</span>`}</p>
      <p class="outcome">${badge(verdict)} <b>${recovery(event)}</b></p>
    </div>
    ${renderTrack(stretchesOf(event), endMs, inWords(event))}
    <p class="note">
      ${summary === "" ? undefined : html`${summary} · `}${losses.join(", ")}${proof === "" ? undefined : html` · proof: ${proof}`}
    </p>
  </li>`;
}

function recovery({ landedMs, recoveredMs }: DisruptionEvent): string {
  if (landedMs === null) return "did not land";
  return recoveredMs === null ? "did not recover" : `recovered in ${duration(Math.max(0, recoveredMs - landedMs))}`;
}

function inWords(event: DisruptionEvent): string {
  const { startedMs, landedMs, endedMs } = event;
  const landed = landedMs === null ? "" : `, landed at ${duration(landedMs)}`;
  return `begun at ${duration(startedMs)}${landed}, ${recovery(event)}, ended at ${duration(endedMs)}`;
}

function stretchesOf(event: DisruptionEvent): Stretch[] {
  const { startedMs, landedMs, recoveredMs, endedMs } = event;
  const stretch = (fromMs: number, toMs: number, className: string, height: number, title: string): Stretch => ({
    fromMs,
    toMs,
    className,
    height,
    title: `${title}, ${duration(fromMs)} to ${duration(toMs)}`,
  });
  if (landedMs === null) return [stretch(startedMs, endedMs, "waiting", 20, "begun, did not land")];
  return [
    stretch(startedMs, landedMs, "waiting", 20, "begun"),
    ...(recoveredMs === null ? [] : [stretch(recoveredMs, endedMs, "recovered", 40, "recovered")]),
    recoveredMs === null
      ? stretch(landedMs, endedMs, "lost", 100, "landed, did not recover")
      : stretch(landedMs, recoveredMs, "disturbed", 100, "landed, until it recovered"),
  ];
}
