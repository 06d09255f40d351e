import { type AnsweredEvent, duration, type Lifetime, type RegisterViolation } from "./event";
import type { Unsourced } from "./sweep";

/** An answer that was no pin's at the time, in words. */
export function unsourcedAnswer(
  { event, possible, ranOutAt }: Unsourced,
  burst: { readonly to: number; readonly answers: readonly AnsweredEvent[] },
  lifetime: Lifetime,
): RegisterViolation {
  const { replica, model, routed, invokedAt, returnedAt } = event;
  const foreign = routed !== undefined && routed !== model;
  if (foreign && ranOutAt !== undefined) {
    const sentence =
      `${replica} still answered ${model} ${duration(invokedAt - ranOutAt)} after its pin must have run out ` +
      `(it lives ${duration(lifetime.lifetimeMs)}), to a prompt that unpinned routing sends to ${routed}`;
    return { kind: "outlived", sentence, events: [event] };
  }
  const [pinned] = possible;
  if (foreign || possible.length !== 1 || pinned === undefined) {
    const pins = possible.length === 0 ? "there was no pin any more" : `the pin can only have been ${possible.join(" or ")}`;
    const routing = foreign ? `, and unpinned routing sends the prompt to ${routed}` : "";
    return { kind: "invented", sentence: `${replica} answered ${model}, but ${pins}${routing}`, events: [event] };
  }
  // Those under way at the same time count too: where the pin was lost, its own writer answers another model as well.
  const answers = burst.answers.filter(
    (other) =>
      other.invokedAt <= returnedAt && (other.model === pinned || (other.model === model && other.returnedAt >= returnedAt)),
  );
  return disagreement(answers, burst.to, lifetime);
}

/**
 * Answers that differ although no pin can have been written, in words.
 * @param answers by the time of their request, naming two models or more
 * @param settledAt when the last pin can have been written before
 */
export function disagreement(answers: readonly AnsweredEvent[], settledAt: number, { lifetimeMs }: Lifetime): RegisterViolation {
  const [first] = answers;
  const ownFirst = new Map<string, AnsweredEvent>();
  for (const event of answers) if (!ownFirst.has(event.replica)) ownFirst.set(event.replica, event);
  const turned = answers.find(({ replica, model }) => ownFirst.get(replica)?.model !== model);
  const accused = turned ?? answers.find(({ model }) => model !== first?.model);
  const other = turned === undefined ? first : ownFirst.get(turned.replica);
  if (accused === undefined || other === undefined) throw new Error("there is no disagreement to put into words");
  const when = `${duration(Math.max(0, accused.invokedAt - settledAt))} after the pin had settled`;
  const events = [other, accused];
  if (turned === undefined) {
    const sentence = `replicas disagree: ${other.replica} answered ${other.model} and ${accused.replica} ${accused.model}, ${when}`;
    return { kind: "split", sentence, events };
  }
  const sentence =
    `${turned.replica} answered ${turned.model} ${when}, ` +
    `although it had answered ${other.model} and a pin lives ${duration(lifetimeMs)}`;
  return { kind: "changed", sentence, events };
}
