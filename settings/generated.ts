import { planoReleases, type PlanoReleases } from "./plano/releases";
import { defaultText, type Setting, settingKeys, settingTable } from "./table";

/** One line on a key: what it is, the values it accepts, and whether it is secret. */
function describe({ description, parse, secret, default: usual }: Setting): string {
  const accepts = "accepts" in parse ? parse.accepts : undefined;
  return [
    description,
    ...(accepts === undefined ? [] : [`${typeof usual === "number" ? "Integer" : "Values"}: ${accepts}.`]),
    ...(secret && !description.includes("--secret") ? ["Set it with --secret."] : []),
  ].join(" ");
}

/**
 * The config section of Pulumi.yaml. Numbers and objects have no `type`: the engine would stop at the first value of a
 * wrong type, where the program lists everything that is wrong, each with the command that fixes it.
 */
export function projectConfig(): { readonly [key: string]: object } {
  return Object.fromEntries(
    settingKeys.map((key) => {
      const setting: Setting = settingTable[key];
      const { secret, default: usual } = setting;
      const kind = secret && typeof usual === "string" ? { secret } : typeof usual === "string" ? { type: "string" } : {};
      return [key, { description: describe(setting), ...kind, default: usual }];
    }),
  );
}

/** The table of docs/configuration.md, as Markdown. */
export function settingsMarkdown(): string {
  const rows = settingKeys.map((key) => {
    const setting: Setting = settingTable[key];
    const usual = defaultText(key).replaceAll('"', "").replaceAll(/[:,]/g, "$& ");
    return `| \`${key}\` | \`${usual}\` | ${describe(setting)}${setting.more === undefined ? "" : ` ${setting.more}`} |`;
  });
  return ["| key | default | what it is |", "| --- | --- | --- |", ...rows].join("\n");
}

const head = ["releases", "header", "model is in", "key lives", "reconnects to Redis", "here", "run, verdict"];

/** The table of docs/versions.md, as Markdown; a test keeps the page equal to it. */
export function versionsTable(): string {
  return [head, head.map(() => "---"), ...planoReleases.map(cells)].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

function cells(row: PlanoReleases): string[] {
  const { first, last, header, valueField, ttlSeconds, reconnects, keeps, budgetField, run = "–" } = row;
  const life =
    typeof ttlSeconds === "number" ? `${ttlSeconds} s from the latest request` : "`session_ttl_seconds` from the first request";
  return [
    first === last ? first : `${first} – ${last}`,
    header,
    valueField === undefined ? "–" : `\`${valueField}\``,
    ttlSeconds === undefined ? "–" : life,
    valueField === undefined ? "–" : reconnects ? "yes, overwriting pins used meanwhile" : "no",
    keeps === undefined ? "refused" : keeps === "fixed" ? "accepted" : `accepted, with \`${budgetField}: 0\``,
    run,
  ];
}
