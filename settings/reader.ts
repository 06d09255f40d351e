import type { Parser } from "./parsers";
import { type SettingKey, settingSpecs, specOf } from "./schema";
import { mostSimilar } from "./similar";
import type { ConfigSource } from "./source";
import type { Violation } from "./violation";

/** Reads keys one by one and collects what is wrong instead of stopping at the first. */
export class SettingReader {
  readonly violations: Violation[] = [];
  readonly #source: ConfigSource;

  constructor(source: ConfigSource) {
    this.#source = source;
    this.#refuseUnknownKeys();
  }

  /** The key's text: what is configured, else the default. */
  text(key: SettingKey): string {
    return this.#source.values.get(key) ?? defaultText(key);
  }

  /** The key's value. A violation is noted, and the default stands in so that reading can go on. */
  read<T>(key: SettingKey, parse: Parser<T>): T {
    const given = this.#source.values.get(key);
    if (given !== undefined && given !== defaultText(key)) {
      const reason = this.#storageProblem(key, given);
      const parsed = reason === undefined ? parse(given) : { reason };
      if ("value" in parsed) return parsed.value;
      this.refuse(key, parsed.reason, setCommand(key));
    }
    const fallback = parse(defaultText(key));
    if ("value" in fallback) return fallback.value;
    throw new Error(`the default of ${key} is wrong: ${fallback.reason}`);
  }

  /** Notes a violation of `key`. */
  refuse(key: SettingKey, reason: string, remedy: string): void {
    this.violations.push({ path: key, reason, remedy });
  }

  /** True while none of the keys has been refused: rules over several keys only speak then. */
  sound(...keys: SettingKey[]): boolean {
    return !this.violations.some(({ path }) => keys.some((key) => key === path));
  }

  #storageProblem(key: SettingKey, given: string): string | undefined {
    if (given === "") return "the value is empty";
    const plain = specOf(key).secret === true && !this.#source.secretKeys.has(key);
    return plain ? "the value is stored in plain text" : undefined;
  }

  #refuseUnknownKeys(): void {
    const known = settingSpecs.map(({ key }) => key);
    for (const key of this.#source.values.keys()) {
      if (known.some((candidate) => candidate === key)) continue;
      const meant = mostSimilar(key, known);
      const reason = meant
        ? `there is no such setting; did you mean ${meant}?`
        : `there is no such setting; there are ${known.join(", ")}`;
      this.violations.push({ path: key, reason, remedy: `pulumi config rm ${key}` });
    }
  }
}

function defaultText(key: SettingKey): string {
  const value = specOf(key).default;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The command that sets a key right; optional keys and secrets can also be removed. */
function setCommand(key: SettingKey): string {
  const { secret, default: preset } = specOf(key);
  if (secret) return `pulumi config set --secret ${key}, or pulumi config rm ${key} to do without`;
  return preset === "none" || preset === "current"
    ? `pulumi config set ${key} <value>, or pulumi config rm ${key}`
    : `pulumi config set ${key} ${defaultText(key)}`;
}
