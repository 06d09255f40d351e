import type { SoakReport } from "./report";
import { failureRows, faultRows, figureRows, type Rows } from "./rows";

/**
 * docs/soak.md.
 * @param command what made it, as typed
 * @param machine in general words
 */
export function soakPage(
  report: SoakReport,
  { command, machine }: { readonly command: string; readonly machine: string },
): string {
  const { verdict, reason, settings, startedAt, leftOut, leftover, faults } = report;
  const failures = failureRows(report);
  const notes = [leftOut, leftover].filter((it) => it !== null).map((it) => `- ${it}\n`);
  return `# Soak

\`${command}\` wrote this page. Run on ${startedAt.slice(0, 10)}: ${machine}.

**${verdict}**${reason === null ? "" : `: ${reason}`}

${markdown(figureRows(report))}

## Faults

In an order that seed ${settings.seed} chose. *Recovered* is the first instant from which old pins held and new ones worked on every replica, counted from the proof that the fault had landed. Requests are those of the fault's whole time, until pods that were told to end were gone.

${faults.length === 0 ? "None.\n" : markdown(faultRows(faults))}
${faults.map(({ startedMs, title, target, proof, summary }) => `- ${(startedMs / 1000).toFixed(1)} s, ${title}, ${target}: ${[proof, summary].filter((it) => it !== "").join("; ")}`).join("\n")}
${notes.join("")}
## Failed requests

${failures.lines.length === 0 ? "None.\n" : markdown(failures)}
${howItIsMeasured(settings)}`;
}

function howItIsMeasured({ rate, sessions, ttlSeconds, recoverWithinSeconds }: SoakReport["settings"]): string {
  return `## How it is measured

- ${rate} requests a second: half of them begin sessions until ${sessions.toLocaleString("en-US")} live; the others ask a session chosen at random, with a prompt that unpinned routing sends to another model. When a pin's ${ttlSeconds} s end, its session is replaced by a new one.
- Half of the requests go through the service, each on a connection of its own: a connection that is kept stays with its pod until that ends. The others go to a ready pod by itself, on connections that are kept. Nothing is tried again.
- Each session is judged as a write-once register with a lifetime: after its first answer everybody must answer the same model until the pin may have run out. Its requests are one after another, which makes that possible in constant memory. A session whose first request was not answered is given up.
- While Redis is out of reach, and until the replicas have found it again, answers with another model are counted and no violation. A pin that is another one afterwards is lost, and that is one.
- Faults are those of the checks \`scale\` and \`faults\`, with their proof that they landed, one at a time and with quiet times between them. Before each, four sessions for each replica are begun; after it, all replicas must honour them, and new ones.
- It fails when a pin is changed or lost, when a request through the service fails outside of an outage of Redis, or one to a pod that was neither told to end nor disturbed, when affinity is not back within ${recoverWithinSeconds} s of Redis, when a fault is not recovered from, or when the soak's own memory or handles grow (the least of the first third since all sessions live against that of the last: by more than 20 % and 48 MiB, or 16 handles). It is unknown when fewer sessions lived than were wanted (at any time after all did: by more than 2 %, or two), when it was not seen when Redis was back, or when a fault had no turn.

Exit codes are the verifier's: 0 pass, 1 fail, 2 unknown, 3 bad usage. \`--json PATH\` writes the report for programs (schema: verify/disruption/soak/schema.json), \`--markdown PATH\` this page. It needs the rights of the checks \`scale\` and \`faults\` ([verifier.md](verifier.md)), and to list services.
`;
}

function markdown({ headings, lines }: Rows): string {
  const line = (texts: readonly string[]): string => `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return [headings, headings.map(() => "---"), ...lines].map(line).join("");
}
