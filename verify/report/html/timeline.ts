import { html, type Markup } from "./markup";
import { duration } from "./words";

/** A stretch of time on a track. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly className: string;
  /** Height in per cent of the track's, so that stretches differ by more than their colour. */
  readonly height: number;
  /** Shown when pointed at. */
  readonly title: string;
}

const width = 1000;

/** Narrowest stretch that is still seen. */
const least = 5;

/** Stretches on a line from 0 to `endMs`. It takes the width that it is given; text belongs beside it. */
export function renderTrack(stretches: readonly Stretch[], endMs: number, label: string): Markup {
  const at = (milliseconds: number): number => Math.round((Math.min(milliseconds, endMs) / Math.max(endMs, 1e-9)) * width);
  return html`<svg class="track" viewBox="0 0 ${width} 100" preserveAspectRatio="none" role="img" aria-label="${label}">
    <rect class="ground" x="0" y="49" width="${width}" height="2" />
    ${stretches.map(({ fromMs, toMs, className, height, title }) => {
      const wide = Math.max(least, at(toMs) - at(fromMs));
      const x = Math.min(at(fromMs), width - wide);
      return html`<rect class="${className}" x="${x}" y="${50 - height / 2}" width="${wide}" height="${height}"
        ><title>${title}</title></rect
      >`;
    })}
  </svg>`;
}

/** Marks below tracks, from 0 to `endMs`. */
export function renderAxis(endMs: number): Markup {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => html`<li>${share === 0 ? "0" : duration(Math.round(share * endMs))}</li>`);
  return html`<ol class="axis spread" aria-hidden="true">
    ${marks}
  </ol>`;
}
