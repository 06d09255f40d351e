import { pathToFileURL } from "node:url";
import type { Answer } from "./browser";
import type { AffinityOutput, StackOutputs } from "./stack";

/** A page to look at. */
export interface Page {
  readonly name: "gateway" | "Jaeger" | "report";
  /** Undefined where there is no such page. */
  readonly url?: string;
  /** What is seen there, where the name does not say it. */
  readonly about?: string;
  /** Why it cannot be seen: the command that makes it or leads to it, or what its address says. */
  readonly note?: string;
}

/** What an address answers, or why it does not. */
type Visit = (url: string) => Promise<Answer | string>;

/** The pages of a stack, of which there may be none. @param report path of the last proof's */
export async function pagesOf(
  outputs: StackOutputs | undefined,
  report: string | undefined,
  visit: Visit,
): Promise<readonly Page[]> {
  const { gatewayUrl, gatewayHint, jaegerUrl, jaegerHint, affinity } = outputs ?? {};
  const notUp = "the stack is not up: npm start";
  // The gateway has no page of its own.
  const models = gatewayUrl && `${gatewayUrl.replace(/\/+$/, "")}/v1/models`;
  const noJaeger = gatewayUrl === undefined ? notUp : "none: traces go to otlpEndpoint";
  return [
    ...(await servedPages({ name: "Jaeger", url: jaegerUrl, note: noJaeger }, jaegerHint, visit, affinity?.traces)),
    ...(await servedPages({ name: "gateway", url: models, note: notUp }, gatewayHint, visit)),
    report === undefined
      ? { name: "report", note: "none yet: npm start, and each up that proves, makes one" }
      : { name: "report", url: pathToFileURL(report).href },
  ];
}

/** Pure: a page as lines for people. */
export function pageLine({ name, url, about, note }: Page): string {
  const label = `  ${name.padEnd(8)} `;
  if (url === undefined) return `${label}${note ?? "none"}`;
  const line = `${label}${url}${about === undefined ? "" : `  (${about})`}`;
  return note === undefined ? line : `${line}\n${" ".repeat(label.length)}${note}`;
}

/** What Jaeger shows in the place of its page where it was built from its Go module. Source: Jaeger 2.13. */
const placeholder = "This is not the Jaeger UI you are looking for";
const noPage = "this Jaeger was built without its page; the report draws a session's traces";

/**
 * What an address answers here: Jaeger with the traces of a session's requests, where it still has them.
 * @param wanted its `note` says why there is no such address
 */
async function servedPages(wanted: Page, hint = "", visit: Visit, traces?: AffinityOutput["traces"]): Promise<readonly Page[]> {
  const { name, url } = wanted;
  if (url === undefined) return [wanted];
  if (hint !== "") return [{ name, url, note: `first run: ${hint}` }];
  const answer = await visit(url);
  if (typeof answer === "string") return [{ name, url, note: `does not answer: ${answer}` }];
  if (name === "Jaeger" && answer.head.includes(placeholder)) return [{ name, url, note: noPage }];
  const { first, later } = traces ?? {};
  // A shell may read the address.
  if (![first, later].every((id) => id !== undefined && /^[0-9a-f]{32}$/.test(id))) return [{ name, url }];
  const base = url.replace(/\/+$/, "");
  const kept = await visit(`${base}/api/traces/${later}`);
  if (typeof kept === "string" || kept.status !== 200) return [{ name, url }];
  return [
    { name, url: `${base}/trace/${first}`, about: "a session's first request" },
    { name, url: `${base}/trace/${later}`, about: "a later one" },
  ];
}
