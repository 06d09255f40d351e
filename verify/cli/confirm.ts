import { createInterface } from "node:readline/promises";
import type { Terminal } from "./consent";

/**
 * Shows what will be done and asks once. Anything but y or yes is a no, and so is the end of the input.
 * @param signal an interruption is a no as well
 */
export async function confirm(plan: readonly string[], { input, output }: Terminal, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  // Not in raw mode, so that Ctrl-C reaches the process as a signal.
  const dialogue = createInterface({ input, output, terminal: false });
  const closed = new Promise<string>((resolve) => dialogue.once("close", () => resolve("")));
  try {
    const question = dialogue.question(`${plan.join("\n")}\nContinue? [y/N] `, { signal });
    // It is never answered where the input has ended.
    question.catch(() => undefined);
    const answer = await Promise.race([question, closed]);
    return /^y(es)?$/i.test(answer.trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    dialogue.close();
  }
}
