import type { Measurements } from "../measurements";
import { markdown, type Chapter } from "./blocks";
import { replicasChapter } from "./replicas";
import { sessionsChapter } from "./sessions";
import { stackChapters } from "./stack";
import { verifierChapter } from "./verifier";

/** Pure: the chapters that the parts of a run show up in. */
export function chapters(measured: Measurements): Readonly<Record<"verifier" | "growth" | "stack", readonly Chapter[]>> {
  return {
    verifier: [verifierChapter(measured)],
    growth: [sessionsChapter(measured), replicasChapter(measured)],
    stack: stackChapters(measured),
  };
}

const intro = `# Performance

\`npm run bench\` wrote this page and its pictures, from what it measured and keeps in \`docs/performance.json\`.`;

const foot = `## How it is measured

- Whole processes: from before the start of Node.js to the end of the process. The verifier is the compiled one that the package holds.
- The verifier is measured on loopback of one machine: unless a row says otherwise against healthy stand-in gateways with a real Redis and an LLM stub that answers at once. Programs that are compared run in turn, and share the processors with the gateways: absolute times say little about another machine, ratios more.
- \`npm run bench -- verifier\`, \`growth\` and \`stack\` measure a part by itself, and put it in the place of what was measured before. \`npm run bench -- page\` measures nothing and writes the page anew.
- \`npm run bench -- quick\` measures the verifier and its growth on a smaller scale in about a minute, and writes nothing.

The exit code is 1 when a target was missed.
`;

/** Pure: docs/performance.md. */
export function page(measured: Measurements): string {
  const { verifier, growth, stack } = chapters(measured);
  return [intro, ...[...verifier, ...growth, ...stack].map(markdown), foot].join("\n\n");
}
