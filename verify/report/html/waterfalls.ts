import { waterfallsIn } from "../evidence";
import type { CheckReport } from "../report";
import { renderAxis, renderTrack, type Stretch } from "./drawings";
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
      const words = `${duration(startMs)} to ${duration(toMs)}`;
      const bar: Stretch = [`fill m${services.indexOf(service) % 8}`, 70, startMs, toMs, service];
      const what = [operation, ...(pod === null ? [] : [`pod ${pod}`]), duration(durationMs)].join(" · ");
      return markup`<li><p><b class="id">${service}</b> ${what}</p>
${renderTrack([bar], endMs, words)}</li>`;
    });
    const more = spanCount > spans.length ? note(`The first ${spans.length} of ${number(spanCount)} spans.`) : undefined;
    return markup`<figure class="history waterfall"><figcaption><b>The ${request} was ${routed ? "routed" : "not routed"}.</b>
${count(spanCount, "span")}, asked of <span class="id">${replica}</span>, session <span class="id">${session}</span>,
trace <span class="id">${traceId}</span></figcaption>
<ol>${lanes}</ol>
${renderAxis(endMs)}
${more}
</figure>`;
  });
  const explained = "Spans as Jaeger has them, to one scale. Only a request that is routed has a span of routing.";
  return section("traces", "A session’s traces", markup`<p>${explained}</p>`, markup`<div class="histories">${figures}</div>`);
}
