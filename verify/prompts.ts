import { readAtMost } from "../lib/files";

/**
 * The prompts that are sent unless the user brings their own: plainly factual ones and plainly demanding ones in turn,
 * so that any run of a few of them asks for both kinds of model.
 */
export const defaultPrompts: readonly string[] = [
  "What is the capital of France?",
  "Prove that the square root of two is irrational, step by step.",
  "How many days are there in a leap year?",
  "Design a rate limiter for a distributed system and weigh its trade-offs.",
  "Who wrote the novel Moby-Dick?",
  "Derive the formula for the sum of a geometric series and explain every step.",
  "What colour is a ripe banana?",
  "Analyse why a service may deadlock when two transactions lock the same rows in opposite order.",
  "What is the chemical symbol for gold?",
  "Compare optimistic and pessimistic locking for a busy ticket shop, and argue which one to choose.",
  "In which year did people first land on the Moon?",
  "Debug this reasoning step by step: all swans seen so far are white, so no swan can be black.",
  "How many minutes are there in an hour?",
  "Design an algorithm that finds the median of a stream of numbers, and prove that it is correct.",
  "What is the largest planet of the solar system?",
  "Analyse step by step whether a fair coin that fell heads ten times is more likely to fall tails next.",
];

/** Prompts from a file: one a line; `#` begins a comment. @throws Error where it cannot be read, or has more than 16 MiB */
export function readPrompts(path: string): readonly string[] {
  const lines = readAtMost(16 * 1024, path).split(/\r?\n/);
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

/** What is asked for by the words of a route's description. */
const wordings = [
  (task: string) => `I need help with this: ${task}.`,
  (task: string) => `Please do the following for me, step by step: ${task}.`,
  (task: string) => `${task}: how do I begin?`,
  (task: string) => `Give me a small example of ${task}.`,
];

/**
 * Prompts that a routing model most likely sends each to its own route, in turn over the routes, so that any few of them
 * ask for several.
 *
 * @param descriptions of the routes
 */
export function suggestPrompts(descriptions: readonly string[]): readonly string[] {
  const tasks = descriptions.map((it) =>
    it
      .replace(/\s+/g, " ")
      .trim()
      .replace(/[.!?]+$/, ""),
  );
  return wordings.flatMap((wording) => tasks.map(wording));
}
