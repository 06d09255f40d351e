import { latenciesIn, type Latencies } from "../evidence";
import type { Report } from "../report";
import { renderFacts } from "./facts";
import { html, type Markup } from "./markup";
import { count, duration, number } from "./words";

/** Replicas whose histogram is drawn. */
const shownReplicas = 30;

/** How many requests there were and how long they took, per replica where the evidence tells. */
export function renderLatencies({ requests, checks }: Report): Markup {
  const { total, failed, p50Ms, p99Ms } = requests;
  const all = checks.map(latenciesIn).find((latencies) => latencies !== undefined);
  const facts: readonly (readonly [string, string])[] = [
    ["Attempts", number(total)],
    ["Failed", number(failed)],
    ["Median", duration(p50Ms)],
    ["99th percentile", duration(p99Ms)],
  ];
  return html`<section aria-labelledby="requests">
    <h2 id="requests">Requests and latencies</h2>
    ${renderFacts(facts)} ${all === undefined ? undefined : renderHistograms(all)}
  </section>`;
}

function renderHistograms(all: readonly Latencies[]): Markup {
  const shown = all.slice(0, shownReplicas);
  const range = rangeOf(shown);
  const highest = Math.max(1, ...shown.flatMap(({ buckets }) => buckets.map((bucket) => bucket.count)));
  return html`<p>
      Answered requests by the time they took. All replicas are drawn to the same scale; a column holds what was slower than the
      column before it and not slower than its label, in milliseconds.
    </p>
    <div class="histograms">${shown.map((one) => renderHistogram(one, range, highest))}</div>
    ${all.length > shown.length ? html`<p class="note">${count(all.length - shown.length, "more replica")} not shown.</p>` : undefined}`;
}

function renderHistogram(one: Latencies, [from, to]: readonly [number, number], highest: number): Markup {
  const buckets = one.buckets.slice(from, to + 1);
  const label = (i: number): string => {
    const { leMs } = buckets[i] ?? { leMs: null };
    if (leMs !== null) return short(leMs);
    return `>${short(buckets[i - 1]?.leMs ?? 0)}`;
  };
  const bars = buckets.map(({ count: many }, i) => {
    const height = many === 0 ? 0 : Math.max(2, Math.round((many / highest) * 100));
    return html`<rect x="${i * 10 + 1}" y="${100 - height}" width="8" height="${height}"
      ><title>${label(i)} ms: ${number(many)}</title></rect
    >`;
  });
  const words = buckets.map(({ count: many }, i) => `${label(i)} ms: ${many}`).join(", ");
  return html`<figure class="histogram">
    <figcaption>
      <b title="${one.replica}">${one.replica}</b>
      <span
        >${count(one.count, "request")} · p50 ${duration(one.p50Ms)} · p90 ${duration(one.p90Ms)} · p99 ${duration(one.p99Ms)} ·
        max ${duration(one.maxMs)}</span
      >
    </figcaption>
    <svg viewBox="0 0 ${buckets.length * 10} 100" preserveAspectRatio="none" role="img" aria-label="${words}">${bars}</svg>
    <ol class="axis" aria-hidden="true">
      ${buckets.map((_, i) => html`<li>${label(i)}</li>`)}
    </ol>
  </figure>`;
}

/** First and last bucket that holds anything, over all replicas, and a few around them so that a shape shows. */
function rangeOf(all: readonly Latencies[]): readonly [number, number] {
  const filled = all.flatMap(({ buckets }) => buckets.flatMap((bucket, i) => (bucket.count > 0 ? [i] : [])));
  const last = Math.max(0, ...all.map(({ buckets }) => buckets.length - 1));
  if (filled.length === 0) return [0, last];
  return [Math.max(0, Math.min(...filled) - 1), Math.min(last, Math.max(...filled) + 1)];
}

/** `500`, `1k` */
function short(milliseconds: number): string {
  return milliseconds >= 1000 ? `${number(milliseconds / 1000)}k` : number(milliseconds);
}
