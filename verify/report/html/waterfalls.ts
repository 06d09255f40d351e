import { waterfallsIn } from "../evidence";
import type { CheckReport } from "../report";
import { count, duration, markup, type Markup, note, number, section } from "./markup";

/** Requests of a session as their spans, to one scale; nothing where no check kept any. */
export function renderWaterfalls(checks: readonly CheckReport[]): Markup | undefined {
  const all = checks.flatMap(waterfallsIn);
  if (all.length === 0) return undefined;
  const endMs = Math.max(...all.flatMap(({ spans }) => spans.map(({ startMs, durationMs }) => startMs + durationMs)));
  const services = [...new Set(all.flatMap(({ spans }) => spans.map(({ service }) => service)))];
  const figures = all.map(({ session, request, replica, routed, traceId, spans, spanCount }) => {
    const lanes = spans.map(({ service, operation, pod, startMs, durationMs }) => {
      const toMs = startMs + durationMs;
      const what = [operation, ...(pod === null ? [] : [`pod ${pod}`]), duration(durationMs)].join(" · ");
      return markup`<li><p><b class="id">${service}</b> ${what}</p>
${renderBar(`m${services.indexOf(service) % 8}`, startMs, toMs, endMs)}</li>`;
    });
    const more = spanCount > spans.length ? note(`The first ${spans.length} of ${number(spanCount)} spans.`) : undefined;
    return markup`<figure class="waterfall"><figcaption><b>The ${request} was ${routed ? "routed" : "not routed"}.</b>
${count(spanCount, "span")}, asked of <span class="id">${replica}</span>, session <span class="id">${session}</span>,
trace <span class="id">${traceId}</span></figcaption>
<ol>${lanes}</ol>
${renderAxis(endMs)}
${more}
</figure>`;
  });
  const explained = "Spans as Jaeger has them, to one scale. Only a request that is routed has a span of routing.";
  return section("traces", "A session’s traces", markup`<p>${explained}</p>`, markup`<div class="waterfalls">${figures}</div>`);
}

const trackWidth = 1000;

/** Narrowest bar that is still seen. */
const leastWidth = 5;

/** A bar on a line from 0 to `endMs`. It takes the width that it is given; text belongs beside it. */
function renderBar(colour: string, fromMs: number, toMs: number, endMs: number): Markup {
  const at = (milliseconds: number): number => Math.round((milliseconds / Math.max(endMs, 1e-9)) * trackWidth);
  const wide = Math.max(leastWidth, at(toMs) - at(fromMs));
  const x = Math.min(at(fromMs), trackWidth - wide);
  const label = `${duration(fromMs)} to ${duration(toMs)}`;
  return markup`<svg class="track" viewBox="0 0 ${trackWidth} 100" preserveAspectRatio="none" role="img" aria-label="${label}">
<rect class="ground" x="0" y="49" width="${trackWidth}" height="2" />
<rect class="fill ${colour}" x="${x}" y="15" width="${wide}" height="70" /></svg>`;
}

function renderAxis(endMs: number): Markup {
  const marks = [0, 0.5, 1].map((share) => (share === 0 ? "0" : duration(share * endMs)));
  return markup`<ol class="axis" aria-hidden="true">${marks.map((mark) => markup`<li>${mark}</li>`)}</ol>`;
}
