import { randomInt } from "node:crypto";

/** The special characters that the official provider uses by default. */
export const DEFAULT_SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

/** What a RandomString or RandomPassword is made of; names and defaults as in @pulumi/random 4.21. */
export interface TextRecipe {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  readonly special: boolean;
  readonly minUpper: number;
  readonly minLower: number;
  readonly minNumeric: number;
  readonly minSpecial: number;
  /** The special characters to choose from. */
  readonly overrideSpecial: string;
}

/** The kinds of characters that a recipe knows. */
function classesOf(recipe: TextRecipe) {
  return [
    { characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", enabled: recipe.upper, minimum: recipe.minUpper },
    { characters: "abcdefghijklmnopqrstuvwxyz", enabled: recipe.lower, minimum: recipe.minLower },
    { characters: "0123456789", enabled: recipe.numeric, minimum: recipe.minNumeric },
    { characters: recipe.overrideSpecial, enabled: recipe.special, minimum: recipe.minSpecial },
  ];
}

/** Why a text cannot be made by this recipe; undefined where it can. */
export function impossibleRecipe(recipe: TextRecipe): { readonly property: string; readonly reason: string } | undefined {
  const classes = classesOf(recipe);
  const minimum = classes.reduce((sum, one) => sum + one.minimum, 0);
  if (!Number.isInteger(recipe.length) || recipe.length < 1)
    return { property: "length", reason: "must be a whole number of at least 1" };
  if (recipe.length < minimum)
    return { property: "length", reason: `is ${recipe.length}, but the min… properties ask for ${minimum}` };
  if (!classes.some(({ enabled, characters }) => enabled && characters !== ""))
    return { property: "lower", reason: "no kind of character is allowed: set one of upper, lower, numeric, special" };
  return undefined;
}

/** A text by the recipe, from the system's cryptographic random numbers. */
export function randomText(recipe: TextRecipe): string {
  const classes = classesOf(recipe);
  const allowed = classes.map(({ enabled, characters }) => (enabled ? characters : "")).join("");
  const required = classes.flatMap(({ characters, minimum }) => pick(characters, minimum));
  return shuffle([...required, ...pick(allowed, recipe.length - required.length)]).join("");
}

function pick(characters: string, count: number): string[] {
  return Array.from({ length: count }, () => characters.charAt(randomInt(characters.length)));
}

/** Fisher–Yates, with unbiased indices. */
function shuffle(items: string[]): string[] {
  for (let last = items.length - 1; last > 0; last--) {
    const chosen = randomInt(last + 1);
    [items[last], items[chosen]] = [items[chosen] as string, items[last] as string];
  }
  return items;
}
