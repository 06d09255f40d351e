import { html, type Markup } from "./markup";

/** Colours that tell models apart; style.ts defines as many. */
const colourCount = 8;

/** Gives each model a colour. The name is always written beside it. */
export class Palette {
  readonly #classes = new Map<string, string>();

  /** @param models the most frequent first: only the first few get a colour of their own */
  constructor(models: readonly string[]) {
    models.slice(0, colourCount).forEach((model, i) => this.#classes.set(model, `m${i}`));
  }

  classOf(model: string | null): string {
    return model === null ? "mx" : (this.#classes.get(model) ?? "mn");
  }

  chip(model: string | null): Markup {
    if (model === null) return html`<span class="chip mx">no answer</span>`;
    return html`<span class="chip ${this.classOf(model)}" title="${model}">${model}</span>`;
  }
}
