import { once } from "node:events";
import { pathToFileURL } from "node:url";
import type { Answer } from "./browser";
import type { Forwarded } from "./forward";
import { reasonIn } from "./rows";
import type { AffinityOutput, StackOutputs } from "./stack";

/** A page to look at. */
export interface Page {
  readonly name: "gateway" | "Jaeger" | "report";
  /** Undefined where there is no such page. */
  readonly url: string | undefined;
  /** What is seen there, where the name does not say it. */
  readonly about?: string;
  /** Two requests of a session that Jaeger can show, by what they are. */
  readonly traces?: AffinityOutput["traces"];
  /** The command that makes the page or leads to it, or why it does not answer. */
  readonly note?: string;
  /** The pods to forward from, where no address leads to them. */
  readonly tunnel?: Forwarded & { readonly path: string };
}

/** What a browser can show of the gateway, which has no page of its own. */
const gatewayPath = "/v1/models";

const tunnels = {
  gateway: { selector: "app=plano", port: 12_000, path: gatewayPath },
  Jaeger: { selector: "app=jaeger", port: 16_686, path: "/" },
} as const;

const makeReport = "none yet: npm run verify -- --report html=report.html makes one";

/** Pure: the pages of a stack, of which there may be none. */
export function pagesOf(outputs: StackOutputs | undefined, report: string | undefined): Page[] {
  const { gatewayUrl, gatewayHint, jaegerUrl, jaegerHint, affinity } = outputs ?? {};
  return [
    { ...servedPage("Jaeger", jaegerUrl, jaegerHint, gatewayUrl && "none: traces go to otlpEndpoint"), traces: affinity?.traces },
    servedPage("gateway", gatewayUrl && `${gatewayUrl.replace(/\/+$/, "")}${gatewayPath}`, gatewayHint),
    { name: "report", ...(report === undefined ? { url: report, note: makeReport } : { url: pathToFileURL(report).href }) },
  ];
}

function servedPage(
  name: "gateway" | "Jaeger",
  url: string | undefined,
  hint = "",
  none = "the stack is not up: npm start",
): Page {
  if (url === undefined) return { name, url, note: none };
  return hint === "" ? { name, url } : { name, url, note: `first run: ${hint}`, tunnel: tunnels[name] };
}

/** Pure: the pages as lines for people. */
export function pageLines(pages: readonly Page[]): string[] {
  return pages.map(({ name, url, about, note }) => {
    const label = `  ${name.padEnd(8)} `;
    if (url === undefined) return `${label}${note ?? "none"}`;
    const line = `${label}${url}${about === undefined ? "" : `  (${about})`}`;
    return note === undefined ? line : `${line}\n${" ".repeat(label.length)}${note}`;
  });
}

/** What pages are shown with. */
export interface ShowTools {
  /** Makes a loopback address that leads to pods. @throws Error saying why it cannot */
  readonly forward: (forwarded: Forwarded) => Promise<string>;
  /** What an address answers, or why it does not. */
  readonly visit: (url: string) => Promise<Answer | string>;
  /** Opens a page in the browser; returns why it could not. Undefined without a desktop. */
  readonly open: ((url: string) => Promise<string | undefined>) | undefined;
  readonly print: (line: string) => void;
  /** Ends the tunnels. */
  readonly signal: AbortSignal;
}

/**
 * Opens pages, or prints their addresses where there is no desktop. While one of them comes through a tunnel it stays
 * until the signal.
 * @returns whether there was anything to show
 */
export async function showPages(pages: readonly Page[], tools: ShowTools): Promise<boolean> {
  const { open, print, signal } = tools;
  let shown = 0;
  let isForwarded = false;
  for (const page of pages) {
    for (const found of await reach(page, tools)) {
      if (signal.aborted) return shown > 0;
      print(pageLines([found]).join("\n"));
      if (found.url === undefined || found.note !== undefined) continue;
      shown++;
      isForwarded ||= page.tunnel !== undefined;
      const refused = await open?.(found.url);
      if (refused !== undefined) print(`  the browser did not open it: ${refused}`);
    }
  }
  if (open === undefined && shown > 0) print("There is no desktop here: open the addresses yourself.");
  if (isForwarded && !signal.aborted) {
    print("Forwarding until Ctrl-C.");
    await once(signal, "abort");
  }
  return shown > 0;
}

/** Prints the pages' addresses, with what is known of those that lead there without a tunnel. */
export async function printPages(pages: readonly Page[], tools: Pick<ShowTools, "forward" | "visit" | "print">): Promise<void> {
  for (const page of pages)
    pageLines(page.tunnel === undefined ? await reach(page, tools) : [page]).forEach((line) => tools.print(line));
}

/** The page at an address that answers here, or with a note that says why there is none. */
async function reach(page: Page, { forward, visit }: Pick<ShowTools, "forward" | "visit">): Promise<readonly Page[]> {
  if (page.url === undefined || page.name === "report") return [page];
  try {
    const { name, tunnel } = page;
    const url = tunnel === undefined ? page.url : `${await forward(tunnel)}${tunnel.path}`;
    const answer = await visit(url);
    if (typeof answer === "string") return [{ name, url, note: `does not answer: ${answer}` }];
    return name === "Jaeger" ? await jaegerPages(url, answer, page.traces, visit) : [{ name, url }];
  } catch (error) {
    return [{ ...page, note: `cannot be reached: ${reasonIn(error)}` }];
  }
}

/** What Jaeger shows in the place of its page where it was built from its Go module. Source: Jaeger 2.13. */
const placeholder = "This is not the Jaeger UI you are looking for";
const noPage = "this Jaeger was built without its page; the report draws a session's traces";

/** The traces of a session's requests where Jaeger still has them, else its first page. */
async function jaegerPages(
  url: string,
  { head }: Answer,
  traces: Page["traces"],
  visit: ShowTools["visit"],
): Promise<readonly Page[]> {
  const name = "Jaeger";
  if (head.includes(placeholder)) return [{ name, url, note: noPage }];
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
