import { faults } from "../../standin/gateway/faults";
import { expectedVerdict, namers, titleOf } from "./mutation";
import { healthyRuns, type Played } from "./play";

const head = `# Faults

Each line is a bug of real gateways, put into two replicas of the stand-in with real Redis and real spans. \`npm run mutations\` writes this page; integration tests assert every line. Pins are fixed, as in Plano 0.4.27, or anchored, as in 0.4.35. To see one in a cluster: \`npm run pulumi -- config set standinFault <name>\`, then \`up\`.

| fault | imitates | checks that name it | what the first of them says, shortened | verdict |
| --- | --- | --- | --- | --- |
`;

const foot = `
\`race\` is played only where it is named. The other default checks pass, or chance decides where requests overlap. Ids and counts are examples.
`;

/** The whole of docs/faults.md. */
export function page(played: readonly Played[]): string {
  const sizes = healthyRuns.map(({ runs, replicas, pins }) => `${runs} with ${replicas} replicas and ${pins} pins`).join(", ");
  const total = healthyRuns.reduce((sum: number, { runs }) => sum + runs, 0);
  const healthy = `**No bug:** ${total} runs of the default checks against a healthy gateway (${sizes}): all pass.`;
  return `${head}${played.map(line).join("\n")}\n${foot}\n${healthy}\n`;
}

function line({ mutation, outcome }: Played, at: number, all: readonly Played[]): string {
  const { fault, unknownBecause, shownElsewhere } = mutation;
  const [first] = namers(mutation);
  const said = outcome?.checks.find(({ id }) => id === first)?.summary;
  const verdict = expectedVerdict(mutation);
  const cells = [
    `\`${fault}\`${titleOf(mutation).slice(fault.length)}`,
    all.findIndex((one) => one.mutation.fault === fault) < at ? "as above" : faults[fault].imitates,
    namers(mutation)
      .map((id) => `\`${id}\``)
      .join(", "),
    said === undefined ? `(${shownElsewhere})` : exemplary(said),
    unknownBecause === undefined ? verdict : `${verdict}: ${unknownBecause}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

/** What differs from run to run becomes an example, always the same one; hints and counts at the end are left out. */
export function exemplary(summary: string): string {
  return summary
    .replace(/\b[0-9a-f]{32}\b/g, "0123456789abcdef0123456789abcdef")
    .replace(/\b[0-9a-f]{8}-((?:race-|expiry-)?\d{3})\b/g, "1a2b3c4d-$1")
    .replace(/(?:; is --ttl [^?]*\?)?(?: \(and \d+ more(?: sessions?)?\))?$/, "")
    .replace(/at least \d+ ms/g, "at least 400 ms")
    .replace(/\d+(?:\.\d+)? m?s after/g, "50 ms after");
}
