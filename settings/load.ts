import * as pulumi from "@pulumi/pulumi";
import { upstreamOf, violationsTogether } from "./rules";
import {
  defaultText,
  none,
  type Setting,
  type SettingKey,
  settingKeys,
  type Settings,
  settingTable,
  type SettingValues,
} from "./table";
import { hintAt, type Violation } from "./parsers";

/** The raw configuration of one stack. */
export interface ConfigSource {
  /** The project's own keys, without its namespace, as the engine gives them: text, objects as JSON. */
  readonly values: ReadonlyMap<string, string>;
  /** Which of them are stored encrypted. */
  readonly secretKeys: ReadonlySet<string>;
}

/** The configuration of the stack that is running. */
export function stackConfig(): ConfigSource {
  const prefix = `${pulumi.getProject()}:`;
  const own = (key: string) => key.startsWith(prefix);
  const short = (key: string) => key.slice(prefix.length);
  // The SDK has no public way to ask which keys are secret; this variable is the language hosts' contract with it.
  const secrets = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
  return {
    values: new Map(
      Object.entries(pulumi.runtime.allConfig())
        .filter(([key]) => own(key))
        .map(([key, value]) => [short(key), value]),
    ),
    secretKeys: new Set(secrets.filter(own).map(short)),
  };
}

/**
 * Reads and checks the whole configuration before anything is made.
 *
 * @throws pulumi.RunError that lists every violation with its key, the reason and the command that fixes it
 */
export function loadSettings(source: ConfigSource): Settings {
  const violations = [...source.values.keys()].filter((key) => !Object.hasOwn(settingTable, key)).map(unknownKey);
  const read = settingKeys.map((key) => [key, readValue(key, source, violations)]);
  const values = Object.fromEntries(read) as SettingValues;
  const refused = new Set(violations.map(({ path }) => path.split(".")[0]));
  const redisTls = /^rediss:/i.test(source.values.get("redisUrl") ?? "");
  violations.push(...violationsTogether(values, redisTls, (keys) => !keys.some((key) => refused.has(key))));
  if (violations.length > 0) throw new pulumi.RunError(describeViolations(violations));
  const { OPENAI_API_KEY: openaiApiKey, ...others } = values;
  return { ...others, openaiApiKey, upstream: upstreamOf(values) };
}

/** The key's value. A violation is noted, and the default takes its place so that reading can go on. */
function readValue(key: SettingKey, { values, secretKeys }: ConfigSource, violations: Violation[]): unknown {
  const { parse, secret }: Setting = settingTable[key];
  const usual = defaultText(key);
  const given = values.get(key) ?? usual;
  let parsed = parse(given);
  if (given !== usual) {
    if (given === "") parsed = { reason: "the value is empty" };
    else if (secret && !secretKeys.has(key)) parsed = { reason: "the value is stored in plain text" };
  }
  if ("violations" in parsed) violations.push(...parsed.violations);
  if ("reason" in parsed) violations.push({ path: key, reason: parsed.reason, remedy: setCommand(key) });
  const sound = "value" in parsed ? parsed : parse(usual);
  if (!("value" in sound)) throw new Error(`the default of ${key} is wrong: ${JSON.stringify(sound)}`);
  return secret ? secretValue(sound.value) : sound.value;
}

function secretValue(value: unknown): unknown {
  if (value === undefined) return undefined;
  if (typeof value !== "object") return pulumi.secret(value);
  return Object.fromEntries(Object.entries(value as object).map(([name, it]) => [name, pulumi.secret(it)]));
}

function unknownKey(key: string): Violation {
  const reason = `there is no such setting; ${hintAt(key, settingKeys)}`;
  return { path: key, reason, remedy: `pulumi config rm ${key}` };
}

/** The command that sets a key right; optional keys and secrets can also be removed. */
function setCommand(key: SettingKey): string {
  const { secret }: Setting = settingTable[key];
  const usual = defaultText(key);
  if (secret) return `pulumi config set --secret ${key}, or pulumi config rm ${key} to do without`;
  return usual === none || usual === "current"
    ? `pulumi config set ${key} <value>, or pulumi config rm ${key}`
    : `pulumi config set ${key} ${usual}`;
}

/** All violations as one message for people, two lines each. */
function describeViolations(violations: readonly Violation[]): string {
  const count = violations.length === 1 ? "1 setting is" : `${violations.length} settings are`;
  const lines = violations.map(({ path, reason, remedy }) => `  ${path}: ${reason}\n    → ${remedy}`);
  return [`${count} wrong; nothing was made or changed.`, ...lines].join("\n");
}
