import { StartupError } from "./program";

/** Environment variables as a program sees them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Reads typed settings from environment variables and collects every violation. */
export class EnvReader {
  readonly #violations: string[] = [];

  constructor(private readonly env: Env) {}

  /** One of a few values, the first by default. */
  oneOf<const T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const given = this.env[name] ?? values[0];
    const value = values.find((it) => it === given);
    if (value === undefined) this.#violations.push(`${name} is "${given}"; use one of ${values.join(", ")}`);
    return value ?? values[0];
  }

  /** Undefined where the variable is empty or not set. */
  text(name: string): string | undefined {
    return this.env[name] === "" ? undefined : this.env[name];
  }

  /** A whole number in `[min, max]`; undefined where the variable is not set. */
  integer(name: string, min: number, max: number): number | undefined {
    const value = this.env[name];
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      this.#violations.push(`${name} is "${value}"; use a whole number from ${min} to ${max}`);
    }
    return number;
  }

  port(name: string): number | undefined {
    return this.integer(name, 0, 65_535);
  }

  /** @throws StartupError with every violation found so far */
  check(): void {
    if (this.#violations.length > 0) throw new StartupError(this.#violations.join("; "));
  }
}
