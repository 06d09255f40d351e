import type { DrawnEvent } from "../evidence";
import { badge, count, duration, markup, type Markup, note, number } from "./markup";

/** What disturbed the deployment, one after another, and when all was well again. */
export function renderEvents(events: readonly DrawnEvent[]): Markup {
  return markup`<ol class="events">${events.map(renderEvent)}</ol>`;
}

function renderEvent(event: DrawnEvent): Markup {
  const { title, target, verdict, proof, summary, requests, startedMs, landedMs, recoveredMs, endedMs } = event;
  const { total, lost, misrouted } = requests;
  const recovery =
    landedMs === null
      ? "did not land"
      : recoveredMs === null
        ? "did not recover"
        : `recovered in ${duration(Math.max(0, recoveredMs - landedMs))}`;
  const landed = landedMs === null ? "" : `, landed at ${duration(landedMs)}`;
  const times = `begun at ${duration(startedMs)}${landed}, ended at ${duration(endedMs)}`;
  const losses =
    `${number(lost)} of ${count(total, "request")} lost` +
    (misrouted > 0 ? `, ${number(misrouted)} answered by another model meanwhile` : "");
  const notes = [summary, losses, proof === "" ? "" : `proof: ${proof}`, times].filter((text) => text !== "").join(" · ");
  return markup`<li>${badge(verdict)} <b>${title}</b> <span class="note">${target}</span> <b>${recovery}</b>${note(notes)}</li>`;
}
