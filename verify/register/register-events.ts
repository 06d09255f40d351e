import type { Exchange } from "../history";
import type { RegisterEvent } from "./event";

/**
 * The events of one session's exchanges. An attempt that failed before a retry helped may all the same have written,
 * or may yet do so: it is an event of its own, without an answer. A question that was never sent is none.
 * @param modelOf the model that unpinned routing gives a prompt, where that is known
 */
export function registerEvents(exchanges: readonly Exchange[], modelOf: (prompt: string) => string | undefined): RegisterEvent[] {
  return exchanges.flatMap((exchange): RegisterEvent[] => {
    const { replica, prompt, attempts, sentAt, answeredAt, answer } = exchange;
    const event = { invokedAt: sentAt, returnedAt: answeredAt, replica: replica.name, routed: modelOf(prompt) };
    const answered = answer.kind === "model" ? [{ ...event, model: answer.model }] : [];
    const failed = Array.from({ length: attempts - answered.length }, () => ({ ...event, model: undefined }));
    return [...answered, ...failed];
  });
}
