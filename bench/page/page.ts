import { availableParallelism, totalmem } from "node:os";
import type { Row } from "./row";

/** The table as lines of cells: for a terminal and for the document. */
export function cells(row: Row): readonly [string, string, string, string, string] {
  const verdict = row.met === undefined ? "–" : row.met ? "met" : "**missed**";
  return [row.what, row.target ?? "–", row.measured ?? "not measured", verdict, row.note];
}

export const headings = ["what", "target", "measured", "", "runs"] as const;

/** The machine in general words. */
export function machine(): string {
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${availableParallelism()} cores, ${memory} GiB of memory, Node.js ${process.versions.node.split(".")[0]}, ${process.platform}`;
}

/** docs/benchmark.md. */
export function document(rows: readonly Row[], date: Date): string {
  const line = (texts: readonly string[]): string => `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return `# Benchmark of the verifier

\`npm run bench\` wrote this page. Measured on ${date.toISOString().slice(0, 10)}: ${machine()}.

${[line(headings), line(headings.map(() => "---")), ...rows.map((row) => line(cells(row)))].join("\n")}

## How it is measured

- Whole processes: from before the start of Node.js to the end of the process. The verifier is the compiled one that the package holds.
- Everything runs on loopback of one machine and in one go. Programs that are compared run in turn, and share the processors with the gateways: absolute times say little about another machine, ratios more.
- Unless a row says otherwise the replicas are two healthy stand-in gateways with a real Redis and an LLM stub that answers at once. The endpoints that answer at once are there because a stand-in costs more time than its client: against them it is the client that is timed.
- The *pool* sends as many requests with the same headers and bodies, through keep-alive connections, as many at once as the verifier (16), and looks at nothing but their status. It asks nothing for \`control\` and reads no Redis; the verifier's time includes both. *One request after another* is the same program with one request at a time.
- Two processors cannot do more than twice the work of one: that one request after another takes many times as long shows only where an upstream makes both of them wait. 5 ms is a fast one; models take a hundred times that.
- Peak memory is the largest resident set of the verifier's process alone.

\`npm run bench -- quick\` measures the same on a smaller scale in less than a minute and writes nothing. The exit code is 1 when a target was missed.
`;
}
