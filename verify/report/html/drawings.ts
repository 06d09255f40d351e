import { type DrawnEvent, eventsIn, historiesIn, type SessionHistory } from "../evidence";
import type { CheckReport } from "../report";
import { shortNames } from "../sessions";
import { badge, brief, count, duration, markup, type Markup, note, number, type Palette, section } from "./markup";

const shown = { sessions: 4, replicas: 8, events: 200 } as const;

type Heading = (check: CheckReport) => Markup;

/** Times in milliseconds; height in per cent of the track's, so that stretches differ by more than their colour. */
export type Stretch = readonly [className: string, height: number, fromMs: number, toMs: number, title: string];

const trackWidth = 1000;

/** Narrowest stretch that is still seen. */
const leastWidth = 5;

/** Stretches on a line from 0 to `endMs`. It takes the width that it is given; text belongs beside it. */
export function renderTrack(stretches: readonly Stretch[], endMs: number, label: string): Markup {
  const at = (milliseconds: number): number => Math.round((Math.min(milliseconds, endMs) / Math.max(endMs, 1e-9)) * trackWidth);
  const bars = stretches.map(([className, height, fromMs, toMs, title]) => {
    const wide = Math.max(leastWidth, at(toMs) - at(fromMs));
    const x = Math.min(at(fromMs), trackWidth - wide);
    const box = markup`x="${x}" y="${50 - height / 2}" width="${wide}" height="${height}"`;
    return markup`<rect class="${className}" ${box}><title>${title}, ${duration(fromMs)} to ${duration(toMs)}</title></rect>`;
  });
  return markup`<svg class="track" viewBox="0 0 ${trackWidth} 100" preserveAspectRatio="none" role="img" aria-label="${label}">
<rect class="ground" x="0" y="49" width="${trackWidth}" height="2" />${bars}</svg>`;
}

export function renderAxis(endMs: number): Markup {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => (share === 0 ? "0" : duration(share * endMs)));
  return markup`<ol class="axis" aria-hidden="true">${marks.map((mark) => markup`<li>${mark}</li>`)}</ol>`;
}

const legend = [
  ["waiting", 4, 2, "begun"],
  ["disturbed", 0, 10, "landed, until it recovered"],
  ["lost", 0, 10, "landed, did not recover"],
  ["recovered", 3, 4, "recovered, under watch"],
] as const;

/** What disturbed the deployment, when it landed and when all was well again; nothing where no check tells. */
export function renderFaults(checks: readonly CheckReport[], heading: Heading): Markup | undefined {
  const timelines = checks.flatMap((check) => {
    const events = eventsIn(check);
    if (events.length === 0) return [];
    const endMs = Math.max(...events.map(({ endedMs }) => endedMs));
    return markup`<div class="timeline">
<h3>${heading(check)}</h3>
<ol class="events">${events.map((event) => renderEvent(event, endMs))}</ol>
${renderAxis(endMs)}
</div>`;
  });
  if (timelines.length === 0) return undefined;
  const keys = legend.map(([className, y, height, words]) => {
    const box = markup`<rect class="${className}" y="${y}" width="20" height="${height}" />`;
    return markup`<li><svg viewBox="0 0 20 10" aria-hidden="true">${box}</svg> ${words}</li>`;
  });
  return section("faults", "Faults on a time line", markup`<ul class="legend">${keys}</ul>`, timelines);
}

function renderEvent(event: DrawnEvent, endMs: number): Markup {
  const { title, target, verdict, proof, summary, requests, startedMs, landedMs, recoveredMs, endedMs } = event;
  const { total, lost, misrouted } = requests;
  const recovery =
    landedMs === null
      ? "did not land"
      : recoveredMs === null
        ? "did not recover"
        : `recovered in ${duration(Math.max(0, recoveredMs - landedMs))}`;
  const landed = landedMs === null ? "" : `, landed at ${duration(landedMs)}`;
  const words = `begun at ${duration(startedMs)}${landed}, ${recovery}, ended at ${duration(endedMs)}`;
  const losses =
    `${number(lost)} of ${count(total, "request")} lost` +
    (misrouted > 0 ? `, ${number(misrouted)} answered by another model meanwhile` : "");
  const notes = [summary, losses, proof === "" ? "" : `proof: ${proof}`].filter((text) => text !== "").join(" · ");
  return markup`<li>
<div class="event">
<p><b>${title}</b> ${target === "" ? undefined : markup`<span class="note">${target}</span>`}</p>
<p class="outcome">${badge(verdict)} <b>${recovery}</b></p>
</div>
${renderTrack(stretchesOf(event), endMs, words)}
${note(notes)}
</li>`;
}

function stretchesOf({ startedMs, landedMs, recoveredMs, endedMs }: DrawnEvent): Stretch[] {
  if (landedMs === null) return [["waiting", 20, startedMs, endedMs, "begun, did not land"]];
  const begun: Stretch = ["waiting", 20, startedMs, landedMs, "begun"];
  if (recoveredMs === null) return [begun, ["lost", 100, landedMs, endedMs, "landed, did not recover"]];
  return [
    begun,
    ["recovered", 40, recoveredMs, endedMs, "recovered"],
    ["disturbed", 100, landedMs, recoveredMs, "landed, until it recovered"],
  ];
}

/** The first sessions of `race` and `expiry` on time lines, a line for each replica; nothing where no check tells. */
export function renderTrials(checks: readonly CheckReport[], heading: Heading, palette: Palette): Markup | undefined {
  const trials = checks.flatMap((check) => {
    const all = historiesIn(check);
    const played = all.filter(({ events }) => events.length > 0).slice(0, shown.sessions);
    if (played.length === 0) return [];
    return markup`<div class="timeline">
<h3>${heading(check)}</h3>
<div class="histories">${played.map((history) => renderHistory(history, palette))}</div>
${all.length > played.length ? note(`The first ${played.length} of ${all.length} sessions.`) : undefined}
</div>`;
  });
  if (trials.length === 0) return undefined;
  const explained = "A bar is a request, from its sending to its answer, in the colour of the model that answered.";
  return section("trials", "Sessions on a time line", markup`<p>${explained}</p>`, trials);
}

function renderHistory({ id, events }: SessionHistory, palette: Palette): Markup {
  const drawn = events.slice(0, shown.events);
  const replicas = [...new Set(drawn.map(({ replica }) => replica))];
  const shorten = shortNames(replicas);
  const endMs = Math.max(1, ...drawn.map(({ returnedMs }) => returnedMs));
  const lanes = replicas.slice(0, shown.replicas).map((replica) => {
    const own = drawn.filter((event) => event.replica === replica);
    const answers = own.map(({ model }) => model).filter((model, i, all) => i === 0 || model !== all[i - 1]);
    const words = own.map(({ model, invokedMs }) => `${model ?? "no answer"} at ${duration(invokedMs)}`).join(", ");
    const stretches = own.map(({ invokedMs, returnedMs, model }): Stretch => {
      return [`fill ${palette.classOf(model)}`, 70, invokedMs, returnedMs, model ?? "no answer"];
    });
    const chips = answers.slice(0, 6).map((model, i) => markup`${i === 0 ? "" : " → "}${palette.chip(model)}`);
    return markup`<div class="lane"><span class="way" title="${replica}">${brief(shorten(replica))}</span>
${renderTrack(stretches, endMs, words)}
<span class="answers">${chips}</span></div>`;
  });
  return markup`<figure class="history"><figcaption><span class="id">${id}</span></figcaption>
${lanes}
${renderAxis(endMs)}
</figure>`;
}
