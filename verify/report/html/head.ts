import type { Report } from "../report";
import { renderFacts } from "./facts";
import { html, type Markup, type Part } from "./markup";
import { count, duration, number, sign } from "./words";

const words = { pass: "Pass", fail: "Fail", unknown: "Unknown" } as const;

/** The verdict, why, and of what: what is to be seen first. */
export function renderHead(report: Report): Markup {
  const { verdict, target, startedAt, durationMs, replicas, sessions, requests } = report;
  const facts: readonly (readonly [string, Part])[] = [
    ["Began", html`<time datetime="${startedAt}">${startedAt.slice(0, 19).replace("T", " ")} UTC</time>`],
    ["Took", duration(durationMs)],
    ["Replicas", number(replicas.length)],
    ["Sessions", number(sessions.length)],
    ["Requests", number(requests.total)],
  ];
  return html`<header class="${verdict}">
    <p class="kicker">Model affinity across replicas</p>
    <h1>${sign(verdict)} ${words[verdict]}</h1>
    <p class="reason">${explain(report)}</p>
    <p class="target"><span>Target</span> ${target}</p>
    ${renderFacts(facts)}
  </header>`;
}

function explain({ verdict, reason, checks }: Report): Part {
  if (verdict === "pass") return checks.length === 1 ? "The one check passed." : `All ${checks.length} checks passed.`;
  if (verdict === "fail") return reason ?? `${count(checks.length, "check")} ran.`;
  return html`${reason ?? "It could not be measured."} <span class="aside">Unknown is not a pass.</span>`;
}
