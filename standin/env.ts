import { StartupError } from "./startup-error";

/** Environment variables as a program sees them. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads typed settings from environment variables and collects every violation,
 * so that one start shows all of them.
 */
export class EnvReader {
  readonly #violations: string[] = [];

  constructor(private readonly env: Env) {}

  text(name: string, fallback: string): string {
    return this.env[name] ?? fallback;
  }

  optionalText(name: string): string | undefined {
    return this.env[name] === "" ? undefined : this.env[name];
  }

  flag(name: string): boolean {
    const value = this.env[name] ?? "false";
    if (value !== "true" && value !== "false") this.violate(`${name} is "${value}"; use true or false`);
    return value === "true";
  }

  /** A whole number in `[min, max]`; `undefined` where the variable is not set. */
  optionalInteger(name: string, min: number, max: number): number | undefined {
    const value = this.env[name];
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      this.violate(`${name} is "${value}"; use a whole number from ${min} to ${max}`);
    }
    return number;
  }

  port(name: string): number | undefined {
    return this.optionalInteger(name, 0, 65_535);
  }

  violate(message: string): void {
    this.#violations.push(message);
  }

  /** @throws StartupError naming every violation found so far */
  check(): void {
    if (this.#violations.length > 0) throw new StartupError(this.#violations.join("; "));
  }
}
