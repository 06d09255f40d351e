import type { Size } from "./capture";
import type { Frame, Run } from "./screen";

/** Pixels. */
const cell = { width: 7.5, height: 17, size: 12.5 };
const margin = 14;

/** The sixteen colours of the palette, legible on the recording's own dark ground. */
const palette = [
  ["#8b949e", "#ff7b72", "#3fb950", "#d29922", "#79c0ff", "#d2a8ff", "#56d4dd", "#e6edf3"],
  ["#8b949e", "#ffa198", "#56d364", "#e3b341", "#a5d6ff", "#e2c5ff", "#b3f0ff", "#ffffff"],
].flat();

/** How long the last frame is in sight at least, in milliseconds; it stays there. */
const lastMs = 1_000;

/**
 * Pure: frames as an SVG that plays once and ends with the last, which is also what is seen where nothing moves. Lines
 * that return are written once.
 */
export function renderFilm(frames: readonly Frame[], { columns, rows }: Size, title: string): string {
  const [width, height] = [columns * cell.width + 2 * margin, rows * cell.height + 2 * margin];
  const ids = new Map<string, string>();
  const pictures = frames.map(({ lines }, i) => {
    const uses = lines.flatMap((line, row) => {
      if (line.length === 0) return [];
      const drawn = line.map(drawRun).join("");
      const id = ids.get(drawn) ?? `l${ids.size}`;
      ids.set(drawn, id);
      return [`<use href="#${id}" y="${row * cell.height}"/>`];
    });
    return `<g transform="translate(0 ${i * height})">${uses.join("")}</g>`;
  });
  const totalMs = (frames.at(-1)?.atMs ?? 0) + lastMs;
  const at = (i: number): string => `transform:translateY(-${i * height}px)`;
  const steps = frames.map(({ atMs }, i) => `${((i === 0 ? 0 : atMs / totalMs) * 100).toFixed(2)}%{${at(i)}}`);
  const last = at(Math.max(0, frames.length - 1));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}</title>
<style>
text{font:${cell.size}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#e6edf3;white-space:pre}
.b{font-weight:600}.d{opacity:.7}
${palette.map((color, i) => `.c${i}{fill:${color}}`).join("")}
@keyframes film{${steps.join("")}100%{${last}}}
.film{${last};animation:film ${(totalMs / 1_000).toFixed(1)}s step-end 1 both}
@media (prefers-reduced-motion:reduce){.film{animation:none}}
</style>
<rect width="${width}" height="${height}" rx="10" fill="#0d1117" stroke="#30363d"/>
<defs>${[...ids].map(([drawn, id]) => `<g id="${id}">${drawn}</g>`).join("\n")}</defs>
<svg x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${height - 2 * margin}"><g class="film">
${pictures.join("\n")}
</g></svg>
</svg>
`;
}

/** Its width is given, so that columns stand below each other in any font. */
function drawRun({ at, text, width, color, bold, dim }: Run): string {
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  const columns = Math.min(width - lead, [...shown].length);
  const classes = [...(bold ? ["b"] : []), ...(dim ? ["d"] : []), ...(color !== undefined && color < 16 ? [`c${color}`] : [])];
  const look = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  const x = (at + lead) * cell.width;
  return `<text x="${x}" y="${cell.size}" textLength="${columns * cell.width}"${look}>${escaped(shown)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
