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
  const notes = [leftOut, leftover].filter((it) => it !== null).map((it) => `\n- ${it}\n`);
  return `# Soak

\`${command}\` wrote this page. Run on ${startedAt.slice(0, 10)}: ${machine}.

**${verdict}**${reason === null ? "" : `: ${reason}`}

${markdown(figureRows(report))}

## Faults

Order by seed ${settings.seed}. *Recovered*: old pins hold and new ones work on every replica, counted from the proof that the fault landed. Requests are those of the fault's whole time.

${faults.length === 0 ? "None.\n" : markdown(faultRows(faults))}${notes.join("")}
## Failed requests

${failures.lines.length === 0 ? "None.\n" : markdown(failures)}
${howItIsMeasured(settings)}`;
}

function howItIsMeasured({ rate, sessions, ttlSeconds, recoverWithinSeconds }: SoakReport["settings"]): string {
  return `## How it is measured

- ${rate} requests a second: half begin sessions until ${sessions.toLocaleString("en-US")} live, the others ask one at random, with a prompt that unpinned routing sends to another model. When a pin's ${ttlSeconds} s end, a new session takes its place.
- Half of the requests go through the service, each on a new connection; the others go to single pods. Nothing is tried again.
- Each session is judged as a write-once register with a lifetime ([proof.md](proof.md#a-pin-is-a-register)).
- While Redis is away, and until the replicas have found it again, answers with another model are counted but not held against it. A pin that has changed afterwards is lost.
- Faults are those of the checks \`scale\` and \`faults\`, one at a time, with quiet times in between.
- It **fails** when a pin changes or is lost; when a request through the service fails while Redis is there, or one to a pod that was neither ending nor disturbed; when affinity is not back within ${recoverWithinSeconds} s of Redis; when a fault is not recovered from; or when the soak's own memory or handles grow (by more than 20 % and 48 MiB, or 16 handles). It is **unknown** when fewer sessions lived than were wanted, when it was not seen when Redis was back, or when a fault had no turn.

Exit codes are the verifier's. \`--json PATH\` writes the report for programs (schema: verify/disruption/soak/schema.json), \`--markdown PATH\` this page. It needs the rights of \`scale\` and \`faults\` ([verifier.md](verifier.md#checks-that-change-the-deployment)), and to list services.
`;
}

function markdown({ headings, lines }: Rows): string {
  const line = (texts: readonly string[]): string => `| ${texts.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return [headings, headings.map(() => "---"), ...lines].map(line).join("");
}
