/** The page's only style sheet, light and dark. Text keeps a contrast of 4.5:1 on its ground; fonts are the system's. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ground: #f5f6f8; --line: #dfe3e8; --ink: #16191d; --soft: #57606b;
  --pass: #12703f; --fail: #b3211b; --unknown: #8a5300;
  --pass-ground: #e8f5ee; --fail-ground: #fdecea; --unknown-ground: #fdf3e1;
 
  --m0: #2463d1; --m1: #b4580a; --m2: #7446c9; --m3: #0b7d72; --m4: #ad2f78; --m5: #647000; --m6: #33658a; --m7: #7d5339;
  --mn: #6b7480; --tint: 11%;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #111417; --ground: #1a1f24; --line: #2e353c; --ink: #e9ecef; --soft: #a2acb7;
    --pass: #62d196; --fail: #ff8f85; --unknown: #f2be63;
    --pass-ground: #14291e; --fail-ground: #34191a; --unknown-ground: #2e2412;
   
    --m0: #79a8ff; --m1: #f0a35e; --m2: #b697ff; --m3: #4fc9bb; --m4: #f184bd; --m5: #c1cc5c; --m6: #7fb6dc; --m7: #d0a283;
    --mn: #98a2ad; --tint: 18%;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
header, main, footer { max-width: 66rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem); }
p { margin: 0.4rem 0; max-width: 46rem; }
h1, h2, h3 { line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; }
h2 { margin: 0 0 0.75rem; font-size: 1.375rem; font-weight: 650; }
h3 { margin: 0; font-size: 1rem; font-weight: 600; letter-spacing: 0; }
section { padding: 2.25rem 0 0.5rem; }
code, .id { font-family: var(--mono); font-size: 0.875em; overflow-wrap: anywhere; }
h3 code { color: var(--soft); font-weight: 400; }
dl, dd, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }
figure { margin: 0; }
.note, .aside, .kicker, .way { color: var(--soft); }
.note { font-size: 0.875rem; }
.aside { display: block; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.pass { --v: var(--pass); --vg: var(--pass-ground); }
.fail { --v: var(--fail); --vg: var(--fail-ground); }
.unknown { --v: var(--unknown); --vg: var(--unknown-ground); }
b.pass, b.fail, b.unknown { color: var(--v); }
:focus-visible { outline: 3px solid var(--m0); outline-offset: 3px; border-radius: 2px; }

header { padding-top: clamp(1.75rem, 5vw, 3.5rem); }
body::before { content: ""; display: block; height: 6px; background: var(--v); }
.kicker { margin: 0; font-size: 0.875rem; }
h1 { margin: 0.1rem 0 0.5rem; font-size: clamp(3rem, 11vw, 5rem); font-weight: 700; letter-spacing: -0.035em; color: var(--v); }
h1 .sign { font-weight: 600; }
.reason { font-size: clamp(1.0625rem, 2.4vw, 1.3125rem); line-height: 1.45; margin: 0 0 0.75rem; overflow-wrap: anywhere; }
.target { overflow-wrap: anywhere; }
.target span { color: var(--soft); margin-right: 0.5rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; margin: 1.25rem 0 0; padding: 1rem 0; border-block: 1px solid var(--line); }
.facts dt { font-size: 0.8125rem; color: var(--soft); }
.facts dd { font-size: 1.125rem; font-weight: 550; }

.badge {
  display: inline-flex; align-items: baseline; gap: 0.35em; padding: 0.05em 0.6em; border-radius: 1em;
  background: var(--vg); color: var(--v); font-size: 0.875rem; font-weight: 650; white-space: nowrap;
}
.check { padding: 1rem 0; border-top: 1px solid var(--line); }
.check h3 { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.3rem 0.75rem; }
.check > p { margin: 0.5rem 0; overflow-wrap: anywhere; }
summary { cursor: pointer; width: fit-content; padding: 0.2rem 0.1rem; font-size: 0.9375rem; font-weight: 550; }
.evidence { margin: 0.5rem 0 0; padding: 0.75rem 1rem; background: var(--ground); border-radius: 8px; font: 0.8125rem/1.5 var(--mono); white-space: pre-wrap; overflow-wrap: anywhere; }

.wide { position: relative; overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.9rem 0.45rem 0; font-weight: inherit; }
thead th { font-size: 0.8125rem; color: var(--soft); font-weight: 400; vertical-align: bottom; }
tbody tr { border-top: 1px solid var(--line); }
.matrix { margin-top: 0.75rem; border-collapse: separate; border-spacing: 3px; }
.matrix tbody tr { border: 0; }
.matrix th { padding: 0.35rem 0.6rem 0.35rem 0; white-space: nowrap; vertical-align: middle; font-size: 0.875rem; }
.matrix thead th { text-align: center; padding: 0.2rem 0.4rem; }
.matrix .corner { text-align: left; }
.matrix .name { display: inline-block; font-family: var(--mono); font-size: 0.8125rem; }
.matrix td { min-width: 2.75rem; padding: 0.4rem 0.6rem; text-align: center; white-space: nowrap; border-radius: 5px; background: var(--vg); }
.matrix td.none { background: var(--ground); color: var(--soft); }
.matrix td.self.none { background: none; border: 1px dashed var(--line); }
.reads { color: var(--v); font-weight: 600; }

.chip {
  display: inline-flex; align-items: center; gap: 0.45em; max-width: min(100%, 26rem); padding: 0.02em 0.6em 0.02em 0.5em; border-radius: 5px;
  background: color-mix(in srgb, var(--c) var(--tint), var(--paper)); font-size: 0.875rem; overflow-wrap: anywhere; vertical-align: baseline;
}
.chip::before { content: ""; flex: none; width: 0.6em; height: 0.6em; border-radius: 2px; background: var(--c); }
.chip.mx { background: none; outline: 1px dashed var(--soft); outline-offset: -1px; }
.chip.mx::before { display: none; }
.m0 { --c: var(--m0); } .m1 { --c: var(--m1); } .m2 { --c: var(--m2); } .m3 { --c: var(--m3); } .m4 { --c: var(--m4); }
.m5 { --c: var(--m5); } .m6 { --c: var(--m6); } .m7 { --c: var(--m7); } .mn, .mx { --c: var(--mn); }
.fill { fill: var(--c); }
.models { display: flex; flex-wrap: wrap; gap: 0.35rem 1.5rem; margin: 0 0 1rem; font-size: 0.9375rem; }
.sessions { width: 100%; font-size: 0.9375rem; }
.sessions th[scope="row"] { width: 14rem; }
.sessions .way { overflow-wrap: anywhere; }
.sessions .amount { white-space: nowrap; }
.sessions thead th:last-child, .amount { text-align: right; padding-right: 0; }
.steps { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; }
.problem { margin: 0.3rem 0 0; font-size: 0.875rem; color: var(--soft); overflow-wrap: anywhere; }
.way { font-size: 0.875rem; }

.axis { display: flex; justify-content: space-between; font-size: 0.75rem; color: var(--soft); white-space: nowrap; }
.events { margin-top: 0.6rem; }
.events li { padding: 0.5rem 0; overflow-wrap: anywhere; }
.events .note { margin: 0; max-width: none; }
.replicas li { padding: 0.35rem 0; }
.replicas .note { margin: 0; max-width: none; overflow-wrap: anywhere; }
.track { display: block; width: 100%; height: 1.1rem; margin: 0.45rem 0; }
.ground { fill: var(--line); }
.waterfalls { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); gap: 1.5rem 2.5rem; margin-top: 0.75rem; }
.waterfall { min-width: 0; overflow-wrap: anywhere; }
.waterfall li p { margin: 0.5rem 0 0; font-size: 0.875rem; color: var(--soft); }
footer { padding-block: 2rem 3rem; margin-top: 2rem; font-size: 0.875rem; color: var(--soft); }

@media (max-width: 44rem) {
  .sessions, .sessions tbody, .sessions tr, .sessions th, .sessions td { display: block; width: auto; }
  .sessions thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .sessions tr { padding: 0.6rem 0; }
  .sessions th, .sessions td, .sessions th[scope="row"] { padding: 0.1rem 0; width: auto; text-align: left; }
  .sessions th[scope="row"], .sessions td:nth-child(2) { display: inline-block; margin-right: 0.6rem; max-width: 100%; }
  .sessions td[data-label] { display: inline-block; margin-right: 1rem; font-size: 0.875rem; }
  .sessions td[data-label]::before { content: attr(data-label) " "; color: var(--soft); }
  .facts { gap: 0.75rem 1.75rem; }
}
@media print {
  body { font-size: 10pt; }
  header, main, footer { max-width: none; padding-inline: 0; }
  body::before, .badge, .matrix td, .chip, .chip::before, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .check details:not([open]) { display: none; }
  .check, .events > li, figure, .sessions tr, .matrix tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .wide { overflow: visible; }
}
`;
