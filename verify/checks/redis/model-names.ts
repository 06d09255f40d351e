import type { Verdict } from "../../report/report";

/** A configured model, the model that was served, and a session in which they met. */
export type ModelPair = Readonly<Record<"configured" | "served" | "session", string>>;

/** The build behind a model's name: `-2025-12-11`, `-20250929`, `-0613`, `-2411`, `-08-2024`, `-001`; no other number. */
const build = /-(?:20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])|[0-2]\d{3}|(?:0[1-9]|1[0-2])-20\d\d|00\d)$/;

/** Whether `answered` is `configured`, with or without provider and build: `openai/gpt-5.2` and `gpt-5.2-2025-12-11`. */
export function answersAs(configured: string, answered: string): boolean {
  const wanted = `/${configured.replace(/-latest$/, "")}`;
  return [answered, answered.replace(build, "")].some((got) => wanted.endsWith(`/${got}`) || got.endsWith(wanted));
}

const last = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/**
 * Pure: whether a pin's model was served. The names need not be alike (aliases, deployment names); where they are not, they
 * must belong together one to one, beside other pairs, and the one served must not be the other with an addition.
 * @param models what the gateway is known to serve besides
 */
export function judgeNames(pair: ModelPair, all: readonly ModelPair[], models: readonly string[]): Verdict {
  const { configured, served } = pair;
  if (answersAs(configured, served)) return "pass";
  const others = all.filter((other) => other !== pair);
  const isServed = [...models, ...others.map((other) => other.served)].some((model) => answersAs(configured, model));
  const addition = last(served).startsWith(`${last(configured)}-`) ? last(served).slice(last(configured).length) : "";
  // Another number is another model: `claude-sonnet-4-5` is not `claude-sonnet-4`.
  if (isServed || /^-\d/.test(addition) || others.some((other) => other.configured === configured)) return "fail";
  const isAlias = addition === "" && others.length > 0 && others.every((other) => other.served !== served);
  return isAlias ? "pass" : "unknown";
}
