import type { Bursts, Disagreement } from "./calms";
import { type AnsweredEvent, duration, type Lifetime, type RegisterViolation } from "./event";
import { isAnswered, type Sweep, type Unsourced } from "./sweep";

export class Blame {
  readonly #bursts: Bursts;
  readonly #lifetime: Lifetime;
  /** All answers by the burst before them, each list by the time of the request. */
  readonly #answers = new Map<number, AnsweredEvent[]>();

  constructor({ events }: Sweep, bursts: Bursts, lifetime: Lifetime) {
    this.#bursts = bursts;
    this.#lifetime = lifetime;
    for (const event of events) {
      if (!isAnswered(event)) continue;
      const burst = bursts.before(event);
      const answers = this.#answers.get(burst) ?? [];
      if (answers.length === 0) this.#answers.set(burst, answers);
      answers.push(event);
    }
  }

  /** An answer that was no pin's at the time. */
  unsourced({ event, possible, ranOutAt }: Unsourced): RegisterViolation {
    const { replica, model, routed, invokedAt, returnedAt } = event;
    const foreign = routed !== undefined && routed !== model;
    if (foreign && ranOutAt !== undefined) {
      const sentence =
        `${replica} still answered ${model} ${duration(invokedAt - ranOutAt)} after its pin must have run out ` +
        `(it lives ${this.#life}), to a prompt that unpinned routing sends to ${routed}`;
      return { kind: "outlived", sentence, events: [event] };
    }
    const [pinned] = possible;
    if (foreign || possible.length !== 1 || pinned === undefined) {
      const pins = possible.length === 0 ? "there was no pin any more" : `the pin can only have been ${possible.join(" or ")}`;
      const routing = foreign ? `, and unpinned routing sends the prompt to ${routed}` : "";
      return { kind: "invented", sentence: `${replica} answered ${model}, but ${pins}${routing}`, events: [event] };
    }
    const burst = this.#bursts.before(event);
    // Those under way at the same time count too: where the pin was lost, its own writer answers another model as well.
    const answers = (this.#answers.get(burst) ?? []).filter(
      (other) =>
        other.invokedAt <= returnedAt && (other.model === pinned || (other.model === model && other.returnedAt >= returnedAt)),
    );
    return this.#disagreement(burst, answers);
  }

  disagreeing({ burst, reads }: Disagreement): RegisterViolation {
    return this.#disagreement(burst, reads);
  }

  /** @param answers by the time of their request, naming two models or more */
  #disagreement(burst: number, answers: readonly AnsweredEvent[]): RegisterViolation {
    const [first] = answers;
    const ownFirst = new Map<string, AnsweredEvent>();
    for (const event of answers) if (!ownFirst.has(event.replica)) ownFirst.set(event.replica, event);
    const turned = answers.find(({ replica, model }) => ownFirst.get(replica)?.model !== model);
    const accused = turned ?? answers.find(({ model }) => model !== first?.model);
    const other = turned === undefined ? first : ownFirst.get(turned.replica);
    if (accused === undefined || other === undefined) throw new Error("there is no disagreement to put into words");
    const since = duration(Math.max(0, accused.invokedAt - (this.#bursts.all[burst]?.to ?? 0)));
    const when = `${since} after the pin had settled`;
    const sentence =
      turned === undefined
        ? `replicas disagree: ${other.replica} answered ${other.model} and ${accused.replica} ${accused.model}, ${when}`
        : `${turned.replica} answered ${turned.model} ${when}, ` +
          `although it had answered ${other.model} and a pin lives ${this.#life}`;
    return { kind: turned === undefined ? "split" : "changed", sentence, events: [other, accused] };
  }

  get #life(): string {
    return duration(this.#lifetime.lifetimeMs);
  }
}
