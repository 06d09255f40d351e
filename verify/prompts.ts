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
