import { html, type Markup, type Part } from "./markup";

/** Figures with what they are, side by side. */
export function renderFacts(facts: readonly (readonly [term: string, value: Part])[]): Markup {
  return html`<dl class="facts">
    ${facts.map(
      ([term, value]) =>
        html`<div>
          <dt>${term}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
